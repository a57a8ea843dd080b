//! Deliberate rule errors, to show that a check can fail.

#[cfg(doc)]
use tallyfold_core::spec::*;

macro_rules! flaws {
    ($($rule:ident $name:ident $what:literal;)*) => {
        /// A deliberate rule error that a test can switch on in a [`Model`](super::Model).
        ///
        /// Only with the cargo feature `flaws` is there a way to do so
        /// (`Model::with_flaw`): nobody's model is wrong by accident.
        ///
        /// Non-exhaustive: each rule that is added brings flaws of its own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Flaw {
            $(#[doc = concat!($what, " (", stringify!($rule), ").")] $name,)*
        }

        impl Flaw {
            /// Every flaw, in the order of the rules.
            pub const ALL: &'static [Flaw] = &[$(Flaw::$name),*];

            /// The rule that it breaks.
            #[must_use]
            pub const fn rule(self) -> &'static str {
                match self {
                    $(Flaw::$name => stringify!($rule),)*
                }
            }

            /// What it makes of the rule.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self {
                    $(Flaw::$name => $what,)*
                }
            }
        }
    };
}

flaws! {
    T1 SameInstantIsLate "An event at the account's clock is late";
    T1 LateEventMovesClock "A late event sets the clock back";
    T1 FindingMovesClock "A finding that is not late moves the clock";
    T2 CatalogNeverLate "A catalog event is never late";
    T2 CatalogSeenAhead "An account event sees catalog entries that are later than itself";
    T2 CatalogUnseenAtItsInstant "An account event does not see catalog entries of its instant";
    T2 TimersSeeTheEventsCatalog "Timers see the catalog of the event that they fire before";
    T3 LapseFiresBeforeEventAtItsInstant "A lapse due at t fires before an event at t";
    T3 ExpiryFiresAfterEventAtItsInstant "An expiry due at t fires after an event at t";
    T3 SettleLeavesLapses "Settling does not fire the lapses due at its instant";
    T4 ExpiriesBeforeNotices "At one instant packs expire before notices are given";
    T4 LapsesBeforeExpiries "At one instant sessions lapse before packs expire";
    T4 PackTimersInLogOrder "At one instant packs take their turn in log order";
    T4 LapsesInReverse "At one instant the session opened last lapses first";
    T5 GraceOfTheClose "Grace goes by the rulebook that the close sees";
    T5 CloseEndsWindowOfTheClose "`close_ends_window` goes by the rulebook that the close sees";
    T6 AsOfForgetsLateness "What is late only because of events after the as-of is applied";
    T7 IdTakenForEver "An id is taken at every instant";
    T7 IdTakenInEveryAccount "An id is taken in every account";
    T7 FindingTakesId "A finding takes its id as well";
    T7 SourceIgnored "Two ids of different sources, or of none, are the same";
    P1 UsableAtExpiry "A pack is usable at the instant of its expiry";
    P2 ExpiredPackIdIsFree "The id of an expired pack may be bought again";
    P3 DateIgnored "The smaller pack burns first, whatever its date";
    P3 SizeIgnored "On one date the size does not matter";
    P3 LargerPackFirst "On one date the larger pack burns first";
    P3 ExpiryInstantIgnored "Among equal packs of one date the earlier expiry does not matter";
    P3 LaterPackFirst "Among packs equal in all else the later in the log burns first";
    P3 AdjustedSizeCounts "An adjustment changes the size in the burn order";
    P4 PaidInPart "A charge is granted with whatever is there";
    P4 PaidFromOnePack "A charge needs one pack that pays the whole of it";
    P5 EmptyPackExpiresSilently "A pack with nothing left expires without an entry";
    P6 ExactTakingOverdraws "Taking all that is available is overdrawn";
    P6 OverdrawnBeforeExpired "Overdrawn is checked before expired";
    R1 RateKindsCoexist "A rate per day and one per result are in force side by side";
    R2 ResultsAreCovered "A subscription covers results";
    R2 QuantityIgnored "Results are charged once, whatever their quantity";
    R2 ResultRateBeforeAccess "For results the rate is checked before access";
    R3 AnyRateDoes "A rate of either kind opens and produces";
    W1 RateBeforeAccess "The rate per day is checked before access";
    W1 InForceAtEnd "A window is in force at its end";
    W1 TermDoesNotCut "A covered window goes on after the end of the term";
    W2 JoinNeedsSameVersion "A session joins only the window of its own version";
    W2 OpenOnTheGrid "An open beside a live session continues the grid";
    W3 HeartbeatAtEndIsFree "A heartbeat at the end of the window renews nothing";
    W3 CloseAtEndRenews "A close at the end of the window is treated like a heartbeat";
    W3 CloseStartsWindowAtItself "A close on the grid starts a window at itself";
    W3 RenewedFromNow "A renewed window starts at the contact";
    W3 RenewedFromLastEnd "A renewed window starts where the last one ended";
    W4 OneLockedOut "Only the session of the heartbeat is locked out";
    W4 LockedOutInReverse "The session opened last is locked out first";
    W4 UnpaidIsSilent "A refused close writes no `unpaid`";
    W5 AnyCloseEndsWindow "Every close ends the window, not only the last one";
    W5 LapseKeepsWindow "A lapse does not end the window";
    W6 GraceAtTheLimit "A close at the very end of the grace time is refunded";
    W6 GraceBesideOthers "A close beside other live sessions is refunded";
    W6 GraceForRenewals "A renewed charge is refunded";
    W6 GraceForLateComers "A charge made beside a live session is refunded";
    W6 GraceForNothing "A charge of 0 tokens is refunded";
    W6 GraceAfterReversal "A charge that was reversed is refunded again";
    W6 GraceKeepsWindow "The window of a refunded charge goes on";
    W6 GraceEndsWindowAloud "The end of a refunded window is written as well";
    W6 GraceOnceAtTheLimit "`grace_once` looks back the full length of a window";
    W6 GraceOnceForEver "`grace_once` looks back without a limit";
    W6 GraceOnceCountsReversals "`grace_once` counts reversed charges";
    W6 GraceOnceIgnored "`grace_once` is not heeded";
    W7 IdleAlwaysAware "Every rulebook is idle-aware";
    W7 IdleHeartbeatTakesCover "An inactive heartbeat takes cover";
    W7 IdleCloseTakesCover "The close of an inactive session takes cover";
    W7 ResumedOnTheGrid "Use is resumed on the grid";
    W7 ResumedByItself "Use is resumed where the session of the heartbeat alone was inactive";
    W8 UnassignKeepsWindows "Unassigning a seat ends no window";
    W8 UnassignCutsPaidWindows "Unassigning a seat ends windows paid with tokens as well";
    W8 AssignCutsPaidWindows "Assigning a seat ends windows paid with tokens";
    W9 VersionOfTheUse "A renewal names the session and version of the use's first session";
    C1 SessionIdPerUse "One session id may be live in two uses";
    C2 LapseAlwaysAsPaid "A covered session lapses as early as a paid one";
    C2 LapseByEarlierFunding "A lapse goes by the window before the contact";
    C2 InactiveIsNoContact "An inactive heartbeat does not put off the lapse";
    S1 CoversBeforeItsTerm "A subscription covers before its term starts";
    S2 CoversAtTermEnd "A subscription covers at the end of its term";
    S2 FirstAssignedCovers "Of several subscriptions the one assigned first covers";
    S2 LastAssignedCovers "Of several terms that end together the one assigned last covers";
    S2 CollectionIsNoOffering "A collection covers nothing";
    S2 CollectionsAddUp "An earlier definition of a collection still holds its products";
    S3 NoFreeSeatBeforeHeld "Free seats are counted before it is asked who holds one";
    S3 SeatsAreNotFreed "A seat that was given back stays taken";
    S4 TokensBeforeSubscriptions "A subscription covers only where tokens cannot";
    S4 CoverNeedsAccess "A subscription needs Flex access";
    A1 MarksMayRepeat "A mark may be given again";
    A1 UnmarkedIsUnassigned "A user without a mark cannot be unassigned";
    A2 UnmarkedMayAlways "Where assignment is required a user without a mark may use tokens";
    A2 MarkedUnassignedMay "Where assignment is open a user marked unassigned may use tokens";
    A3 ProductsBeforeMarks "The product is checked before the user";
    A3 UserAccessNarrows "A user's access narrows the account's instead of replacing it";
    A3 DefaultClearsEverybody "`default` for the account clears the users' access too";
    A3 DefaultOpensAll "`default` for a user opens every product";
    A4 UnassignedEndsWindows "A user who loses access loses the windows in force";
    X1 NothingBeforeMismatch "Nothing to refund is checked before a mismatch";
    X1 ReversedTwice "A charge is reversed again and again";
    X1 ReversalEndsWindow "A reversal ends the window";
    X2 NothingForfeited "A refund comes back to an expired pack";
    N1 PremiumByEndedTerms "Seats of terms that have ended count for Premium";
    N1 PremiumAboveTheMinimum "Premium needs more than the least number of seats";
    N1 PremiumByHeldSeats "Only seats that somebody holds count for Premium";
    N2 LowAtTheLimit "The balance is low at the very limit";
    N2 LevelOverAllPacks "Expired packs count for the level";
    N2 SameLevelIsTold "A bad level is told after every entry";
    N2 LevelNeedsAnAmount "A charge of 0 tokens leaves the level as it was";
    N2 LevelWithoutPack "There is a level before there is a pack";
    N3 NoticeAtPurchase "A notice due at the purchase itself is given";
    N3 NoticeOfEmptyPack "A notice is given for a pack that holds nothing";
}
