//! Subscriptions, access and plan by hand.

use super::products_of;
use crate::event::{
    FlexAccess, FlexAccessSet, FlexAssigned, FlexUnassigned, IntoName, Plan, PlanSelected, Seats,
    SubscriptionAssigned, SubscriptionPurchased, SubscriptionUnassigned, Term, Timestamp,
    ValueError,
};

impl<'a> SubscriptionPurchased<'a> {
    /// So many seats were bought for a product or a collection, from `starts` to before `ends`.
    ///
    /// ```
    /// use tallyfold_core::SubscriptionPurchased;
    ///
    /// let year = ("2026-01-01T00:00:00Z".parse()?, "2027-01-01T00:00:00Z".parse()?);
    /// let bought = SubscriptionPurchased::new("S1", "AutoCAD", 5, year)?;
    /// assert_eq!((bought.seats.get(), bought.term.ends()), (5, year.1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError`] where a name, the seats or the term does not fit.
    pub fn new(
        subscription: impl IntoName<'a>,
        offering: impl IntoName<'a>,
        seats: u32,
        (starts, ends): (Timestamp, Timestamp),
    ) -> Result<SubscriptionPurchased<'a>, ValueError> {
        let (subscription, offering) = (subscription.into_name()?, offering.into_name()?);
        let (seats, term) = (Seats::new(seats)?, Term::new(starts, ends)?);
        Ok(SubscriptionPurchased { subscription, offering, seats, term })
    }
}

impl<'a> SubscriptionAssigned<'a> {
    /// A user took a seat.
    ///
    /// ```
    /// use tallyfold_core::SubscriptionAssigned;
    ///
    /// let seat = SubscriptionAssigned::new("S1", "ana")?;
    /// assert_eq!((&*seat.subscription, &*seat.user), ("S1", "ana"));
    /// # Ok::<(), tallyfold_core::ValueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where a text is not a name.
    pub fn new(
        subscription: impl IntoName<'a>,
        user: impl IntoName<'a>,
    ) -> Result<SubscriptionAssigned<'a>, ValueError> {
        let (subscription, user) = (subscription.into_name()?, user.into_name()?);
        Ok(SubscriptionAssigned { subscription, user })
    }
}

impl<'a> SubscriptionUnassigned<'a> {
    /// A user gave a seat back.
    ///
    /// ```
    /// use tallyfold_core::SubscriptionUnassigned;
    ///
    /// let seat = SubscriptionUnassigned::new("S1", "ana")?;
    /// assert_eq!((&*seat.subscription, &*seat.user), ("S1", "ana"));
    /// # Ok::<(), tallyfold_core::ValueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where a text is not a name.
    pub fn new(
        subscription: impl IntoName<'a>,
        user: impl IntoName<'a>,
    ) -> Result<SubscriptionUnassigned<'a>, ValueError> {
        let (subscription, user) = (subscription.into_name()?, user.into_name()?);
        Ok(SubscriptionUnassigned { subscription, user })
    }
}

impl<'a> FlexAssigned<'a> {
    /// A user may use tokens.
    ///
    /// ```
    /// use tallyfold_core::FlexAssigned;
    ///
    /// assert_eq!(FlexAssigned::new("ana")?.user, "ana");
    /// # Ok::<(), tallyfold_core::ValueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the user is not a name.
    pub fn new(user: impl IntoName<'a>) -> Result<FlexAssigned<'a>, ValueError> {
        Ok(FlexAssigned { user: user.into_name()? })
    }
}

impl<'a> FlexUnassigned<'a> {
    /// A user may not use tokens.
    ///
    /// ```
    /// use tallyfold_core::FlexUnassigned;
    ///
    /// assert_eq!(FlexUnassigned::new("ana")?.user, "ana");
    /// # Ok::<(), tallyfold_core::ValueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the user is not a name.
    pub fn new(user: impl IntoName<'a>) -> Result<FlexUnassigned<'a>, ValueError> {
        Ok(FlexUnassigned { user: user.into_name()? })
    }
}

impl<'a> FlexAccessSet<'a> {
    /// These products and no other are open to tokens.
    ///
    /// ```
    /// use tallyfold_core::{FlexAccess, FlexAccessSet};
    ///
    /// let for_all = FlexAccessSet::only(["AutoCAD", "Revit"])?;
    /// let for_ana = FlexAccessSet::all_except(["Revit"])?.for_user("ana")?;
    /// assert!(matches!(for_all.access, FlexAccess::Only(_)) && for_ana.user.is_some());
    /// # Ok::<(), tallyfold_core::ValueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError`] where a name does not fit, or there are too many.
    pub fn only<N: IntoName<'a>>(
        products: impl IntoIterator<Item = N>,
    ) -> Result<FlexAccessSet<'a>, ValueError> {
        Ok(FlexAccessSet { access: FlexAccess::Only(products_of(products)?), user: None })
    }

    /// Every product but these is open to tokens.
    ///
    /// # Errors
    ///
    /// [`ValueError`] where a name does not fit, or there are too many.
    pub fn all_except<N: IntoName<'a>>(
        products: impl IntoIterator<Item = N>,
    ) -> Result<FlexAccessSet<'a>, ValueError> {
        Ok(FlexAccessSet { access: FlexAccess::AllExcept(products_of(products)?), user: None })
    }

    /// What was set is cleared.
    #[must_use]
    pub const fn cleared() -> FlexAccessSet<'a> {
        FlexAccessSet { access: FlexAccess::Default, user: None }
    }

    /// The same, for one user.
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the user is not a name.
    pub fn for_user(self, user: impl IntoName<'a>) -> Result<FlexAccessSet<'a>, ValueError> {
        Ok(FlexAccessSet { user: Some(user.into_name()?), ..self })
    }
}

impl PlanSelected {
    /// The team chose a plan.
    ///
    /// ```
    /// use tallyfold_core::{Event, Plan, PlanSelected};
    ///
    /// let chosen = PlanSelected::new(Plan::Premium).on("acme", "2026-01-05T09:00:00Z".parse()?)?;
    /// let json = r#"{"type":"PlanSelected","at":"2026-01-05T09:00:00Z","account":"acme","plan":"premium"}"#;
    /// assert_eq!(serde_json::from_str::<Event>(json)?, chosen);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn new(plan: Plan) -> PlanSelected {
        PlanSelected { plan }
    }
}
