//! The laws, the generators and the model, and that each of them can fail.

mod generators;
