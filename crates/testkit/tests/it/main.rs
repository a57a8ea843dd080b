//! The laws, the generators and the model, and that each of them can fail.

mod can_fail;
mod generators;
mod hold;
