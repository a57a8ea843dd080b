//! Notices, delivered at least once to whoever sends mail (N2, N3).

#[cfg(doc)]
use tallyfold_core::spec::*;

use std::time::Duration;

use tallyfold_core::{Record, Timestamp};

use super::LedgerService;
use super::follower::Follower;
use crate::cause::Cause;
use crate::error::{DeliveryError, StoreError};
use crate::place::{Position, Stream};

/// How many accounts are looked at together.
const PAGE: usize = 256;

/// The notices of all accounts, for one named subscriber.
///
/// Each is delivered at least once, and remembered by its cause after the subscriber took it: the
/// event and which of its notices it is, or the pack whose timer wrote it. After a crash in between
/// it comes again. No instant decides what was delivered, so a clock that was wrong once loses
/// nothing. A subscriber that must not send twice remembers the account, the instant and the notice
/// of what it sent.
pub struct Notices<'a> {
    follower: Follower<'a>,
    delivered: Delivered<'a>,
}

/// What a subscriber took.
struct Delivered<'a> {
    service: &'a LedgerService,
    subscriber: String,
}

impl LedgerService {
    /// Goes on with the notices where this subscriber stopped; a new one is told of all that ever
    /// happened.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn notices(&self, subscriber: &str) -> Result<Notices<'_>, StoreError> {
        let mut notices = Notices {
            follower: Follower::of(self, subscriber)?,
            delivered: Delivered { service: self, subscriber: subscriber.to_owned() },
        };
        notices.take_over()?;
        Ok(notices)
    }

    /// The same, but a new subscriber is told only of what happens from now on.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn notices_from_now(&self, subscriber: &str) -> Result<Notices<'_>, StoreError> {
        let mut notices = self.notices(subscriber)?;
        let beginning = Cause::beginning();
        let is_new = notices.follower.tail.position() == Position::START
            && !notices.delivered.has(std::slice::from_ref(&beginning))?[0];
        if is_new {
            notices.follower.tail.go_to(self.store.head()?.position);
            notices.pass_over_due(self.due_until()?)?;
            notices.follower.tail.save_checkpoint()?;
            notices.delivered.remember(beginning)?;
        }
        Ok(notices)
    }

    /// Up to when what no event causes is due by now.
    fn due_until(&self) -> Result<Timestamp, StoreError> {
        Ok(self.store.now()? - self.settings.notice_delay)
    }
}

impl Notices<'_> {
    /// Delivers the notices that events caused, up to the end of the log; waits at most so long for
    /// the first event. Answers how many were delivered.
    ///
    /// # Errors
    ///
    /// [`DeliveryError`].
    pub fn deliver<E>(
        &mut self,
        at_most: Duration,
        mut take: impl FnMut(&Record<'_>) -> Result<(), E>,
    ) -> Result<u64, DeliveryError<E>> {
        let Notices { follower, delivered } = self;
        follower.deliver(at_most, |event, journal| {
            delivered.hand_over(Cause::of_notices(Some(event.position), journal), &mut take)
        })
    }

    /// Delivers what no event caused: packs that are about to expire ([N3]), and balances that got
    /// worse because one did ([N2]). Goes through all accounts, so it is for every hour or day.
    /// Events come first, as with [`Notices::deliver`].
    ///
    /// # Errors
    ///
    /// [`DeliveryError`].
    pub fn deliver_due<E>(
        &mut self,
        mut take: impl FnMut(&Record<'_>) -> Result<(), E>,
    ) -> Result<u64, DeliveryError<E>> {
        let until = self.delivered.service.due_until()?;
        let mut delivered = self.deliver(Duration::ZERO, &mut take)?;
        self.each_due(until, |by_now, due| -> Result<(), DeliveryError<E>> {
            delivered += by_now.hand_over(due, &mut take)?;
            Ok(())
        })?;
        Ok(delivered)
    }

    /// Goes through the accounts that have notices of timers that are due.
    fn each_due<E: From<StoreError>>(
        &mut self,
        until: Timestamp,
        mut deliver: impl FnMut(&Delivered<'_>, Vec<(Cause, Record<'static>)>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Notices { follower, delivered } = self;
        let mut after = String::new();
        loop {
            let accounts = delivered.service.store.accounts(&after, PAGE)?;
            let Some(last) = accounts.last().and_then(Stream::account) else { return Ok(()) };
            after = last.to_owned();
            for account in &accounts {
                let journal = follower.ledger_of(account, follower.tail.position())?.due(until);
                deliver(delivered, Cause::of_notices(None, journal))?;
            }
        }
    }

    /// Takes what is due for delivered, without handing it over.
    fn pass_over_due(&mut self, until: Timestamp) -> Result<(), StoreError> {
        self.each_due(until, |delivered, due| {
            let due = delivered.without_those_taken(due)?;
            due.into_iter().try_for_each(|(cause, _)| delivered.remember(cause))
        })
    }

    /// Versions up to 0.1 kept an instant up to which timers were delivered. What they had delivered
    /// by then is remembered, except what a wrong clock may have said about the future.
    fn take_over(&mut self) -> Result<(), StoreError> {
        let Delivered { service, subscriber } = &self.delivered;
        let (service, name) = (*service, format!("{subscriber}, due"));
        let nanos = service.store.checkpoint(&name)?.get();
        if nanos == 0 {
            return Ok(());
        }
        let until = Timestamp::from_unix_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
        let until = until.unwrap_or(Timestamp::LATEST).min(service.due_until()?);
        self.pass_over_due(until)?;
        service.store.move_checkpoint(&name, Position::START)
    }
}

impl Delivered<'_> {
    /// Hands over what was not taken yet, and answers how many notices that were.
    fn hand_over<E>(
        &self,
        notices: Vec<(Cause, Record<'static>)>,
        take: &mut impl FnMut(&Record<'_>) -> Result<(), E>,
    ) -> Result<u64, DeliveryError<E>> {
        let notices = self.without_those_taken(notices)?;
        let count = notices.len() as u64;
        for (cause, notice) in notices {
            take(&notice).map_err(DeliveryError::Subscriber)?;
            self.remember(cause)?;
        }
        Ok(count)
    }

    fn without_those_taken(
        &self,
        notices: Vec<(Cause, Record<'static>)>,
    ) -> Result<Vec<(Cause, Record<'static>)>, StoreError> {
        if notices.is_empty() {
            return Ok(notices);
        }
        let causes: Vec<_> = notices.iter().map(|(cause, _)| cause.clone()).collect();
        let taken = self.has(&causes)?;
        let news = notices.into_iter().zip(taken).filter(|(_, is_taken)| !is_taken);
        Ok(news.map(|(notice, _)| notice).collect())
    }

    /// Which of these were taken.
    fn has(&self, causes: &[Cause]) -> Result<Vec<bool>, StoreError> {
        let keys: Vec<&[u8]> = causes.iter().map(|Cause(key)| &key[..]).collect();
        self.service.store.delivered(&self.subscriber, &keys)
    }

    fn remember(&self, Cause(key): Cause) -> Result<(), StoreError> {
        self.service.store.remember_delivery(&self.subscriber, &key)
    }
}
