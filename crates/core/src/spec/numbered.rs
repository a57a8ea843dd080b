//! The rules of docs/rules.md, one item each. Written by `tests/it/spec.rs`.

use super::Rule;

macro_rules! rules {
    ($($number:ident $text:literal)*) => {
        $(
            #[doc = $text]
            pub const $number: Rule = Rule { number: stringify!($number), text: $text };
        )*

        /// All rules, in the order of the specification.
        pub const RULES: &[Rule] = &[$($number),*];
    };
}

rules! {
    T1 r#"An event takes effect at its `at`: the instant at which the licensing service accepted it, by the service's clock, not the client's. Inside one account `at` must not decrease along the log; an event earlier than the account's clock is finding `late_event`. Every event that is applied moves the clock to its `at`; a finding changes nothing, not even the clock. Accounts may interleave freely. `[ours]`"#
    T2 r#"Catalog events must not decrease among themselves, or are `late_event`. An account event at t sees the catalog entries above it in the log with `at` ≤ t; the last of them wins. Timers and settle see what the account's last applied event saw. `[ours]`"#
    T3 r#"Timers are only: pack notices, pack expiries and session lapses. Before an event at t is applied, every timer of its account due before t fires, and so do pack notices and pack expiries due at t; lapses due at t fire after all events at t. `settle(T)` answers what an account is at T, as if every timer due ≤ T had fired; it is a question and changes nothing. (A replay ends with it, and its journal includes what those timers write.) `[ours]`"#
    T4 r#"Timers fire in order of instant; at one instant: notices, then expiries, each in burn order (P3), then lapses, in order of opening. `[ours]`"#
    T5 r#"A deadline is fixed by the rulebook seen when what starts it happens: expiry and notice at purchase; end, grace and `close_ends_window` at the charge; a lapse at the contact. Everything else uses the rulebook seen by the event. `[ours]`"#
    T6 r#"A replay folds the whole log, then settles each account at its clock. With as-of T it folds only what has `at` ≤ T and settles every account at T; what is late in the whole log is late in every as-of, and malformed lines are always listed. So a line with `at` > T may make a later line with `at` ≤ T late, and change the answer as of T; a line with `at` > T that is appended last never does. A report settles every account that it reports at one instant, its as-of, given or not (reports.md). `[ours]`"#
    T7 r#"An event whose `id` equals that of an event already applied at the same instant in the same account (for catalog events: in the catalog) is finding `duplicate_event`, checked right after `late_event`. A retry that comes later is late by T1. So a retried line never counts twice if it has an id. `[ours]`"#
    P1 r#"`PackPurchased` adds a pack of `tokens` > 0. It expires exactly 365 × 24 h later (`validity_days`). It is usable while t < expires_at. No renewal, no rollover. `[talk]`"#
    P2 r#"A pack id already seen in the account is finding `duplicate_pack`."#
    P3 r#"Burn order: the UTC date of expiry, earliest first; on one date the smaller pack (tokens as bought) first; then the earlier expiry instant; then log order. `[talk, faq: 'same end date']`"#
    P4 r#"A charge takes tokens from usable packs in burn order, as many packs as needed. It is paid in full or not at all."#
    P5 r#"At expiry what is left in the pack is expired (journal `pack_expired`, even when 0 is left)."#
    P6 r#"`TokensAdjusted` changes one usable pack by a non-zero signed amount. Unknown pack: `unknown_pack`. Not usable any more: `pack_expired`. More taken than is available: `overdrawn`. The size used in P3 does not change."#
    P7 r#"Always, per pack and per account: purchased + adjusted = available + burned + expired, and none of available, burned, expired is negative. `burned` is net of refunds."#
    R1 r#"`RatePublished` sets a product's rate, per `day` or per `result`. A rate may be 0. A product has at most one rate in force; publishing the other kind replaces it."#
    R2 r#"`ResultProduced` charges rate × quantity at once, reason `result`. It opens no window. Access (A2, A3), then rate, then tokens are checked; subscriptions do not cover results. Refused: journal `result_denied`."#
    R3 r#"With tokens, a product rated per day cannot produce results and one rated per result cannot be opened: refused `no_rate`."#
    W1 r#"*Cover at t* for a use, in this order: (1) a subscription covers it at t (S2): a charge of 0 tokens; (2) otherwise access (A2, A3), then a rate per day (R3), then tokens for the whole rate (P4): a charge of the rate; (3) otherwise it is refused, with the first failing check as the reason: `not_assigned`, `product_excluded`, `no_rate`, `insufficient_tokens`. The charge opens a window of 24 h (`window_hours`) from its start; one covered by a subscription ends at the end of the term if that is earlier. `[talk]`"#
    W2 r#"`SessionOpened` at t: with a window in force the session joins it, free, whatever its version or machine. `[faq]` Otherwise cover at t, window from t, reason `opened`."#
    W3 r#"Renewal. A heartbeat or close of a live session at t, when no window of its use is in force and the last one ended at e ≤ t (e < t for a close), proves that the product was left open when a new window was due: cover at t, the window starting at the latest e + k × 24 h ≤ t (< t for a close), k ≥ 0, reason `renewed`; the 24 h of this grid are `window_hours` of the rulebook that the event sees (T5). So a product left open is charged every 24 h counted from the open, a later open starts afresh, and time in which nobody could be reached is not charged. `[talk, faq]`"#
    W4 r#"Refused at an open: the session is denied and never becomes live. Refused at a heartbeat: every live session of the use is locked out, in order of opening. Refused at a close: the session closes as usual, after journal `unpaid`. `[ours]`"#
    W5 r#"Closing keeps the window: reopening before it ends is free. `[faq]` If the window's rulebook says `close_ends_window`, it ends when the last live session of the use closes or lapses (journal `window_ended`, `closed`)."#
    W6 r#"Grace. When the last live session of a use closes by `SessionClosed` less than `grace_minutes` after the start of the window in force, and its charge has reason `opened`, was made while the use had no live session, took more than 0 tokens and is not refunded: it is refunded (reason `grace`) and the window ends (no `window_ended`). It still counts as a day of use. `[faq]` With `grace_once` not if an earlier charge of the use that started less than 24 h (`window_hours`) before this one was refunded so. `[ours]` All by the rulebook that the charge saw."#
    W7 r#"Idle. If the rulebook is `idle_aware`, an inactive heartbeat takes no cover, nor does the close of a session whose last contact was inactive; and where every live session of the use had an inactive last contact, an active heartbeat's window starts at t instead of on the grid, reason `resumed`. `[faq: after 15 idle minutes the next charge is delayed]`"#
    W8 r#"When a subscription seat is unassigned at t, every window in force that it covers ends at t (journal `window_ended`, `cover_ended`, in order of charge number). The next contact renews by W3. Assigning a seat never cuts a window paid with tokens. `[ours]`"#
    W9 r#"A charge names the session whose event made it, and its version."#
    C1 r#"A session id already live in the account: finding `duplicate_session`. A heartbeat or close for a session that is not live (never opened, denied, closed, lapsed, locked out): finding `unknown_session`."#
    C2 r#"A session lapses (closes by itself, free of charge) when the offline limit has passed since its last contact: 24 h (`offline_hours`) if the use's last window, after that contact, is paid with tokens, 30 days (`subscription_offline_days`) if covered. A window at a rate of 0 that no subscription covers counts as paid with tokens. Contact exactly at the limit still counts (T3). `[talk, faq]`"#
    S1 r#"`SubscriptionPurchased` brings `seats` > 0 for an offering and a term `[starts, ends)`. Known id: `duplicate_subscription`. The term may begin before or after `at`; it covers nothing before `at`."#
    S2 r#"A subscription covers a use at t when the user holds one of its seats, t is in its term, and its offering is the product or a collection that holds the product at t. Of several, the one whose term ends last; then the one assigned first."#
    S3 r#"`SubscriptionAssigned` takes a seat for a user. Unknown id: `unknown_subscription`; already held by the user: `already_assigned`; all seats taken: `no_free_seat`; in this order. `SubscriptionUnassigned` frees it: unknown id as above, else not held by the user: `not_held`."#
    S4 r#"Subscriptions come before tokens, always (W1). They need neither tokens, nor rates, nor Flex access. `[talk]`"#
    A1 r#"`FlexAssigned` and `FlexUnassigned` mark a user. Repeating the user's present mark: `already_assigned` / `not_held`; a user without a mark may get either."#
    A2 r#"With rulebook `assignment` = `open` every user may use tokens except those marked unassigned; with `required` only those marked assigned. Else refused `not_assigned`."#
    A3 r#"`FlexAccessSet` gives the products open to tokens: `all_except` a list, or `only` a list; for the account, or for one user, replacing the account's for that user; `default` clears what was set. Initially all. Refused: `product_excluded`. `[talk: default assignments]`"#
    A4 r#"Losing access ends no window. It counts at the next cover."#
    X1 r#"`ChargeReversed` refunds a charge paid with tokens, whole, reason `reversed`. No such charge: `unknown_charge`; its user or product differs from the event's: `charge_mismatch`; 0 tokens or already refunded: `nothing_to_refund`; in this order. It ends no window."#
    X2 r#"A refund returns each posting to its pack. What belongs to an expired pack is expired at once (journal field `forfeited`, the sum of it)."#
    N1 r#"`PlanSelected` chooses standard or premium. The plan in force at t is premium when premium was chosen last and the seats of the subscriptions whose term holds t add up to at least 50 (`premium_min_seats`), else standard. Packs never count. Flex inherits it. `[talk]`"#
    N2 r#"Balance level, over usable packs (P1): `empty` when available is 0, else `low` when available × 100 < 20 × (purchased + adjusted) (`low_balance_percent`), else `ok`. It is set after each entry `pack_added`, `pack_expired`, `adjusted`, `charged` and `refunded`, whatever its amount, once there is a pack; when it got worse, journal `notice` (`low_balance` / `no_tokens`) right after that entry. The first time sets it silently. `[talk; 20 % from the published Balances page]`"#
    N3 r#"90 days (`expiry_notice_days`, 0 for never) before a pack expires, if that is later than its purchase and the pack holds tokens then: notice `expiring`. `[published Balances page]`"#
}
