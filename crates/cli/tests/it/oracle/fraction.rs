//! Exact numbers: "computed exactly and rounded once, halves away from zero".

use serde_json::Value;

/// How many millionths a whole is: tokens and money are counted in them.
pub(crate) const MICROS: i128 = 1_000_000;

/// A fraction in lowest terms; `under` is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fraction {
    over: i128,
    under: i128,
}

impl Fraction {
    pub(crate) const ZERO: Fraction = Fraction { over: 0, under: 1 };

    pub(crate) fn of(over: i128, under: i128) -> Fraction {
        assert!(under > 0, "{over} / {under}");
        let common = greatest_common_divisor(over.abs(), under);
        Fraction { over: over / common, under: under / common }
    }

    pub(crate) fn whole(number: i128) -> Fraction {
        Fraction::of(number, 1)
    }

    /// An amount of tokens or money.
    pub(crate) fn amount(micros: i128) -> Fraction {
        Fraction::of(micros, MICROS)
    }

    pub(crate) fn plus(self, other: Fraction) -> Fraction {
        Fraction::of(self.over * other.under + other.over * self.under, self.under * other.under)
    }

    pub(crate) fn minus(self, other: Fraction) -> Fraction {
        self.plus(Fraction { over: -other.over, under: other.under })
    }

    pub(crate) fn times(self, other: Fraction) -> Fraction {
        Fraction::of(self.over * other.over, self.under * other.under)
    }

    /// Divided by a positive number.
    pub(crate) fn divided_by(self, other: Fraction) -> Fraction {
        Fraction::of(self.over * other.under, self.under * other.over)
    }

    pub(crate) fn is_less_than(self, other: Fraction) -> bool {
        self.over * other.under < other.over * self.under
    }

    pub(crate) fn is_zero(self) -> bool {
        self.over == 0
    }

    /// Rounded to so many decimals, halves away from zero, and written without needless zeros.
    pub(crate) fn text(self, decimals: usize) -> String {
        let text = self.padded(decimals);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// With exactly so many decimals.
    fn padded(self, decimals: usize) -> String {
        let scale = 10_i128.pow(u32::try_from(decimals).unwrap());
        let rounded = (2 * self.over.abs() * scale + self.under) / (2 * self.under);
        let sign = if self.over < 0 && rounded > 0 { "-" } else { "" };
        let (whole, rest) = (rounded / scale, rounded % scale);
        format!("{sign}{whole}.{rest:0decimals$}")
    }

    /// As an amount or an average is written in JSON: a string.
    pub(crate) fn string(self) -> Value {
        self.text(6).into()
    }

    /// As money is written: with two decimals, or as many more as it needs.
    pub(crate) fn money(self) -> Value {
        let text = self.text(6);
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        if decimals < 2 { self.padded(2) } else { text }.into()
    }

    /// As any other quantity is written in JSON: a number.
    pub(crate) fn number(self, decimals: usize) -> Value {
        self.text(decimals).parse::<f64>().unwrap().into()
    }
}

fn greatest_common_divisor(one: i128, other: i128) -> i128 {
    if other == 0 { one.max(1) } else { greatest_common_divisor(other, one % other) }
}

/// An amount of tokens as JSON writes it.
pub(crate) fn amount(micros: i128) -> Value {
    Fraction::amount(micros).string()
}

#[test]
fn halves_are_rounded_away_from_zero() {
    assert_eq!(Fraction::of(5, 4).text(1), "1.3");
    assert_eq!(Fraction::of(-5, 4).text(1), "-1.3");
    assert_eq!(Fraction::of(-1, 100).text(1), "0");
    assert_eq!(Fraction::of(200, 1).text(6), "200");
    assert_eq!(Fraction::of(2, 3).text(6), "0.666667");
}
