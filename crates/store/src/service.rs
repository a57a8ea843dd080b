//! The embedding face: a ledger that decides, remembers and answers.

mod answers;

pub use answers::{
    Admitted, Charge, Closed, Contact, Cover, Opened, Produced, Recorded, ServiceError,
};
