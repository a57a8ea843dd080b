//! Who was marked for tokens, and which products are open to them.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::event::{FlexAccess, Products};
use crate::state::coded::{coded, coded_choice};

/// Whether a user was marked as one who may use tokens, or as one who may not (A1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mark {
    #[default]
    None,
    Assigned,
    Unassigned,
}

coded_choice!(Mark: None = 0, Assigned = 1, Unassigned = 2);
coded!(OpenProducts { only_listed, listed });

/// The products open to tokens (A3).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OpenProducts {
    /// Whether the list names what is open, or what is not.
    only_listed: bool,
    listed: Vec<CompactString>,
}

impl OpenProducts {
    /// What an event sets; `None` where it clears what was set.
    pub(crate) fn set_by(access: &FlexAccess<'_>) -> Option<OpenProducts> {
        match access {
            FlexAccess::AllExcept(products) => Some(OpenProducts::new(products, false)),
            FlexAccess::Only(products) => Some(OpenProducts::new(products, true)),
            FlexAccess::Default => None,
        }
    }

    fn new(products: &Products<'_>, only_listed: bool) -> OpenProducts {
        let names = products.as_slice().iter();
        let mut listed: Vec<_> = names.map(|name| CompactString::from(&**name)).collect();
        listed.sort_unstable();
        OpenProducts { only_listed, listed }
    }

    /// Whether the list is one that an event can have set; asked of one from a snapshot.
    pub(crate) fn is_restorable(&self) -> bool {
        self.listed.is_sorted()
    }

    /// Whether a product is open to tokens.
    pub(crate) fn includes(&self, product: &str) -> bool {
        let is_listed = self.listed.binary_search_by(|name| name.as_str().cmp(product)).is_ok();
        is_listed == self.only_listed
    }
}
