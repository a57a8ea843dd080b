//! Packs, their corrections and reversals by hand.

#[cfg(doc)]
use crate::spec::*;

use std::num::NonZeroU64;

use crate::event::{
    AdjustmentTokens, ChargeReversed, IntoName, IntoText, PackPurchased, PackTokens,
    TokensAdjusted, ValueError,
};

impl<'a> PackPurchased<'a> {
    /// A pack of so many tokens was bought.
    ///
    /// ```
    /// use tallyfold_core::{Event, PackPurchased};
    ///
    /// let bought = PackPurchased::new("P1", 100)?.on("acme", "2026-01-05T09:00:00Z".parse()?)?;
    /// let json = r#"{"type":"PackPurchased","at":"2026-01-05T09:00:00Z","account":"acme","pack":"P1","tokens":100}"#;
    /// assert_eq!(serde_json::from_str::<Event>(json)?, bought);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError`] where the name or the amount does not fit.
    pub fn new(
        pack: impl IntoName<'a>,
        tokens: impl TryInto<PackTokens, Error: Into<ValueError>>,
    ) -> Result<PackPurchased<'a>, ValueError> {
        let (pack, tokens) = (pack.into_name()?, tokens.try_into().map_err(Into::into)?);
        Ok(PackPurchased { pack, tokens })
    }
}

impl<'a> TokensAdjusted<'a> {
    /// A pack was corrected by so many tokens, signed.
    ///
    /// ```
    /// use tallyfold_core::TokensAdjusted;
    ///
    /// let less = TokensAdjusted::new("P1", "-2.5", "billed twice")?;
    /// assert_eq!(less.tokens.get(), "-2.5".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError`] where the name, the amount or the text does not fit.
    pub fn new(
        pack: impl IntoName<'a>,
        tokens: impl TryInto<AdjustmentTokens, Error: Into<ValueError>>,
        reason: impl IntoText<'a>,
    ) -> Result<TokensAdjusted<'a>, ValueError> {
        let (pack, tokens) = (pack.into_name()?, tokens.try_into().map_err(Into::into)?);
        Ok(TokensAdjusted { pack, tokens, reason: reason.into_text()? })
    }
}

impl<'a> ChargeReversed<'a> {
    /// A charge was taken back; user and product must be those of the charge ([X1]).
    ///
    /// ```
    /// use tallyfold_core::{ChargeReversed, ValueError};
    ///
    /// let reversed = ChargeReversed::new(3, "ana", "AutoCAD", "opened by mistake")?;
    /// assert_eq!(reversed.charge.get(), 3);
    /// assert_eq!(ChargeReversed::new(0, "ana", "AutoCAD", ""), Err(ValueError::ChargeNumber));
    /// # Ok::<(), tallyfold_core::ValueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError`] where the number, a name or the text does not fit.
    pub fn new(
        charge: u64,
        user: impl IntoName<'a>,
        product: impl IntoName<'a>,
        reason: impl IntoText<'a>,
    ) -> Result<ChargeReversed<'a>, ValueError> {
        let charge = NonZeroU64::new(charge).ok_or(ValueError::ChargeNumber)?;
        let (user, product) = (user.into_name()?, product.into_name()?);
        Ok(ChargeReversed { charge, user, product, reason: reason.into_text()? })
    }
}
