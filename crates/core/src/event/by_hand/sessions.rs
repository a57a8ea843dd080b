//! Sessions and results by hand.

#[cfg(doc)]
use crate::spec::*;

use crate::event::{
    Heartbeat, IntoName, Quantity, ResultProduced, SessionClosed, SessionOpened, ValueError,
};

impl<'a> SessionOpened<'a> {
    /// A user opened a product.
    ///
    /// ```
    /// use tallyfold_core::{Event, SessionOpened, Timestamp};
    ///
    /// let at: Timestamp = "2026-01-05T09:00:00Z".parse()?;
    /// let opened = SessionOpened::new("s1", "ana", "AutoCAD")?.version("2026")?.on("acme", at)?;
    /// assert!(matches!(opened, Event::Account(event) if event.account == "acme"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where a text is not a name.
    pub fn new(
        session: impl IntoName<'a>,
        user: impl IntoName<'a>,
        product: impl IntoName<'a>,
    ) -> Result<SessionOpened<'a>, ValueError> {
        let (session, user) = (session.into_name()?, user.into_name()?);
        Ok(SessionOpened { session, user, product: product.into_name()?, version: None })
    }

    /// The same, of a version of the product.
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the version is not a name.
    pub fn version(self, version: impl IntoName<'a>) -> Result<SessionOpened<'a>, ValueError> {
        Ok(SessionOpened { version: Some(version.into_name()?), ..self })
    }
}

impl<'a> Heartbeat<'a> {
    /// A session is still running, and was used since its previous contact.
    ///
    /// ```
    /// use tallyfold_core::Heartbeat;
    ///
    /// assert!(Heartbeat::new("s1")?.active);
    /// assert!(!Heartbeat::new("s1")?.inactive().active);
    /// # Ok::<(), tallyfold_core::ValueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the session is not a name.
    pub fn new(session: impl IntoName<'a>) -> Result<Heartbeat<'a>, ValueError> {
        Ok(Heartbeat { session: session.into_name()?, active: true })
    }

    /// The same, without meaningful use since the session's previous contact ([W7]).
    #[must_use]
    pub fn inactive(self) -> Heartbeat<'a> {
        Heartbeat { active: false, ..self }
    }
}

impl<'a> SessionClosed<'a> {
    /// A session ended.
    ///
    /// ```
    /// use tallyfold_core::{Event, SessionClosed};
    ///
    /// let closed = SessionClosed::new("s1")?.on("acme", "2026-01-05T17:00:00Z".parse()?)?;
    /// let json = r#"{"type":"SessionClosed","at":"2026-01-05T17:00:00Z","account":"acme","session":"s1"}"#;
    /// assert_eq!(serde_json::from_str::<Event>(json)?, closed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where the session is not a name.
    pub fn new(session: impl IntoName<'a>) -> Result<SessionClosed<'a>, ValueError> {
        Ok(SessionClosed { session: session.into_name()? })
    }
}

impl<'a> ResultProduced<'a> {
    /// A user produced one result.
    ///
    /// ```
    /// use tallyfold_core::ResultProduced;
    ///
    /// let results = ResultProduced::new("ana", "Renderer")?.quantity(12)?;
    /// assert_eq!(results.quantity.get(), 12);
    /// # Ok::<(), tallyfold_core::ValueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError::Name`] where a text is not a name.
    pub fn new(
        user: impl IntoName<'a>,
        product: impl IntoName<'a>,
    ) -> Result<ResultProduced<'a>, ValueError> {
        let (user, product) = (user.into_name()?, product.into_name()?);
        Ok(ResultProduced { user, product, quantity: Quantity::ONE })
    }

    /// The same, so many results.
    ///
    /// # Errors
    ///
    /// [`ValueError::OutOfRange`] outside 1 to 1,000,000.
    pub fn quantity(self, quantity: u32) -> Result<ResultProduced<'a>, ValueError> {
        Ok(ResultProduced { quantity: Quantity::new(quantity)?, ..self })
    }
}
