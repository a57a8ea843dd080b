//! When the tokens run out at an even daily use.

use tallyfold_core::{Instant, Span, Tokens};

const NANOS_PER_DAY: i128 = 24 * 3_600 * 1_000_000_000;

/// The instant at which the last token is used, when so many tokens in so many days go on being
/// used from `as_of`, the earliest-expiring pack first. `None` where nothing is used, or where the
/// tokens that are left then expire before.
pub(crate) fn run_out(
    mut packs: Vec<(Instant, Tokens)>,
    used: Tokens,
    days: u64,
    as_of: Instant,
) -> Option<Instant> {
    if used <= Tokens::ZERO || packs.is_empty() {
        return None;
    }
    packs.sort_unstable();
    let mut now = as_of;
    let mut is_used_up = false;
    for (expires_at, left) in packs {
        let lasts = lasts(left, used, days)?;
        is_used_up = lasts <= expires_at - now;
        now = if is_used_up { now + lasts } else { expires_at.max(now) };
    }
    is_used_up.then_some(now)
}

/// How long an amount lasts; `None` where that is longer than time goes.
fn lasts(left: Tokens, used: Tokens, days: u64) -> Option<Span> {
    let nanos = left.micros().checked_mul(i128::from(days))?.checked_mul(NANOS_PER_DAY)?;
    i64::try_from(nanos / used.micros()).ok().map(Span::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn tokens_run_out_unless_they_expire_before() {
        let as_of = at("2026-01-01T00:00:00Z");
        let (soon, later) = (at("2026-01-11T00:00:00Z"), at("2026-12-31T00:00:00Z"));
        let ten = Tokens::whole(10);
        // One token a day: ten last ten days, to the very expiry.
        assert_eq!(run_out(vec![(soon, ten)], ten, 10, as_of), Some(soon));
        assert_eq!(run_out(vec![(soon, Tokens::whole(11))], ten, 10, as_of), None);
        // Of the first pack 10 are used, the rest expires; then 20 more days.
        let packs = vec![(later, Tokens::whole(20)), (soon, Tokens::whole(50))];
        assert_eq!(run_out(packs, ten, 10, as_of), Some(at("2026-01-31T00:00:00Z")));
        assert_eq!(run_out(vec![(soon, ten)], Tokens::ZERO, 10, as_of), None);
        assert_eq!(run_out(vec![], ten, 10, as_of), None);
    }
}
