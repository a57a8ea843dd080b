//! Timers fire: pack notices, pack expiries and session lapses (T3, T4, P5, C2).

use crate::account::Account;
use crate::journal::{Entry, SessionEnd, Sink};
use crate::state::sessions::LapseTimer;
use crate::state::timers::{Due, TimerKind};
use crate::turn::{Turn, View};

impl Account {
    /// Fires every timer that is due, in order of instant; at one instant notices, then expiries,
    /// each in burn order, then lapses in order of opening (T4). They see what the last applied
    /// event saw (T2).
    pub(crate) fn fire<S: Sink>(&mut self, turn: &mut Turn<'_, S>, due: Due) {
        while let Some((at, kind)) = self.timers.next_due(due) {
            let mut of = self.timers.take(at, kind);
            let view = View { seen: self.seen, ..turn.view };
            let turn =
                &mut Turn { account: turn.account, at, line: 0, view, sink: &mut *turn.sink };
            match kind {
                TimerKind::Notice => {
                    of.sort_unstable_by_key(|&pack| self.packs.burn_order(pack));
                    of.iter().for_each(|&pack| self.give_expiry_notice(turn, pack));
                }
                TimerKind::Expiry => {
                    of.sort_unstable_by_key(|&pack| self.packs.burn_order(pack));
                    self.expire_packs(turn, &of);
                }
                TimerKind::Lapse => self.lapse_sessions(turn, of),
            }
        }
    }

    /// P5: what is left in packs at their expiry is expired. None of them is usable any more when
    /// the first is written down (P1).
    fn expire_packs<S: Sink>(&mut self, turn: &mut Turn<'_, S>, expiring: &[u32]) {
        self.packs.retire(expiring);
        for &pack in expiring {
            let tokens = self.packs.expire(pack);
            let name = self.packs.name(pack);
            turn.write(|| Entry::PackExpired { pack: name.into(), tokens });
            self.set_level(turn);
        }
    }

    /// C2: sessions lapse whose offline limit has passed since their last contact.
    fn lapse_sessions<S: Sink>(&mut self, turn: &mut Turn<'_, S>, mut of: Vec<u32>) {
        of.retain(|&session| match self.sessions.timer_fired(session, turn.at) {
            LapseTimer::Lapse => true,
            LapseTimer::Again(at) => {
                self.timers.set(at, TimerKind::Lapse, session);
                false
            }
            LapseTimer::Void => false,
        });
        of.sort_unstable_by_key(|&session| self.sessions.opening(session).order);
        for session in of {
            let in_use = self.end_session(turn, session, SessionEnd::Lapsed, None);
            self.end_window_with_last_session(turn, in_use);
        }
    }
}
