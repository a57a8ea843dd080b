//! Premium reports: usage by name. Each needs a [`Pass`], which the Standard plan does not give.

mod advice;
mod by_user;
mod collections;
mod detail;
mod export;
mod people;

#[cfg(doc)]
use tallyfold_core::spec::*;

use tallyfold_core::Plan;

use crate::row::words;

pub use advice::{AdviceRow, Prices};
pub use by_user::{SeatUserRow, TokenUserRow};
pub use detail::{DetailRow, UserDetail, WeekRow};
pub use export::ExportRow;
pub use people::{FlexAnswer, UserRow};

pub use crate::observed::Class;

/// The right to see names.
///
/// ```
/// use tallyfold_core::Plan;
/// use tallyfold_projections::premium::Pass;
///
/// assert!(Pass::under(Plan::Premium).is_ok());
/// let refused = Pass::under(Plan::Standard).unwrap_err();
/// assert!(refused.to_string().contains("Premium"));
/// ```
///
/// Nobody makes one but by [`Pass::under`], or by saying [`Pass::forced`]:
///
/// ```compile_fail,E0423
/// let pass = tallyfold_projections::premium::Pass(());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Pass(());

/// A Premium report was asked for under the Standard plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this report shows names, which needs the Premium plan in force (N1)")]
pub struct PremiumNeeded;

impl Pass {
    /// The pass that a plan in force gives ([N1]).
    ///
    /// # Errors
    ///
    /// [`PremiumNeeded`] under the Standard plan.
    pub fn under(plan: Plan) -> Result<Pass, PremiumNeeded> {
        match plan {
            Plan::Premium => Ok(Pass(())),
            Plan::Standard => Err(PremiumNeeded),
        }
    }

    /// A pass for an auditor, whatever the plan. The evidence must say that the plan was forced.
    #[must_use]
    pub fn forced() -> Pass {
        Pass(())
    }
}

/// What pays for a use.
///
/// Exhaustive: rules.md knows no other cover ([W1]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessKind {
    /// Tokens.
    Flex,
    /// A seat of a subscription.
    Seat,
}

words!(AccessKind { Flex = "flex", Seat = "seat" });

/// What a new open would be paid with.
///
/// Exhaustive: rules.md knows no other cover ([W1]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessNow {
    /// Tokens.
    Flex,
    /// A seat of a subscription.
    Seat,
    /// Nothing: it would be refused.
    None,
}

words!(AccessNow { Flex = "flex", Seat = "seat", None = "none" });

impl AccessNow {
    fn kind(self) -> Option<AccessKind> {
        match self {
            AccessNow::Flex => Some(AccessKind::Flex),
            AccessNow::Seat => Some(AccessKind::Seat),
            AccessNow::None => None,
        }
    }
}
