//! Events of the catalog by hand.

use super::products_of;
use crate::event::{CollectionDefined, IntoName, Per, RatePublished, RateTokens, ValueError};

impl<'a> RatePublished<'a> {
    /// A product costs so many tokens a day.
    ///
    /// ```
    /// use tallyfold_core::{Event, RatePublished};
    ///
    /// let rate = RatePublished::per_day("AutoCAD", 7)?.from("2026-01-01T00:00:00Z".parse()?);
    /// let json = r#"{"type":"RatePublished","at":"2026-01-01T00:00:00Z","product":"AutoCAD","tokens":7}"#;
    /// assert_eq!(serde_json::from_str::<Event>(json)?, rate);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError`] where the name or the amount does not fit.
    pub fn per_day(
        product: impl IntoName<'a>,
        tokens: impl TryInto<RateTokens, Error: Into<ValueError>>,
    ) -> Result<RatePublished<'a>, ValueError> {
        let (product, tokens) = (product.into_name()?, tokens.try_into().map_err(Into::into)?);
        Ok(RatePublished { product, tokens, per: Per::Day })
    }

    /// A product costs so many tokens a result.
    ///
    /// # Errors
    ///
    /// [`ValueError`] where the name or the amount does not fit.
    pub fn per_result(
        product: impl IntoName<'a>,
        tokens: impl TryInto<RateTokens, Error: Into<ValueError>>,
    ) -> Result<RatePublished<'a>, ValueError> {
        Ok(RatePublished { per: Per::Result, ..RatePublished::per_day(product, tokens)? })
    }
}

impl<'a> CollectionDefined<'a> {
    /// A collection holds these products.
    ///
    /// ```
    /// use tallyfold_core::{CollectionDefined, Event};
    ///
    /// let from = "2026-01-01T00:00:00Z".parse()?;
    /// let collection = CollectionDefined::new("AEC", ["AutoCAD", "Revit"])?.from(from);
    /// let json = r#"{"type":"CollectionDefined","at":"2026-01-01T00:00:00Z","collection":"AEC","products":["AutoCAD","Revit"]}"#;
    /// assert_eq!(serde_json::from_str::<Event>(json)?, collection);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError`] where a name does not fit, or there are too many.
    pub fn new<N: IntoName<'a>>(
        collection: impl IntoName<'a>,
        products: impl IntoIterator<Item = N>,
    ) -> Result<CollectionDefined<'a>, ValueError> {
        let products = products_of(products)?;
        Ok(CollectionDefined { collection: collection.into_name()?, products })
    }
}
