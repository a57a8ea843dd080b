//! A `proptest-state-machine` harness: a service, step by step beside the model.

use std::fmt;
use std::marker::PhantomData;

use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use tallyfold_core::Rulebook;

use crate::fold::{Turn, turn};
use crate::model::Model;
use crate::scenario::scenario;
use crate::scribe::Scribe;
use crate::service::Service;
use crate::steps::Step;
use crate::strategies::step;

/// The test of a service against the model.
///
/// After every event both must have answered and written the same, and both must settle to the
/// same. A failing run shrinks, and the message ends with it as a [`scenario`].
///
/// ```
/// use proptest_state_machine::prop_state_machine;
/// use tallyfold_core::Ledger;
/// use tallyfold_testkit::Machine;
///
/// prop_state_machine! {
///     fn my_service_does_as_the_model_does(sequential 1..40 => Machine<Ledger>);
/// }
/// # my_service_does_as_the_model_does();
/// ```
#[derive(Debug)]
pub struct Machine<S>(PhantomData<S>);

/// The model's side of a [`Machine`].
#[derive(Debug)]
pub struct Reference;

/// What the model has been told, and what it answered last.
#[derive(Clone)]
pub struct Told {
    scribe: Scribe,
    model: Model,
    last: Turn,
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", scenario(self.scribe.events()))
    }
}

impl ReferenceStateMachine for Reference {
    type State = Told;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Told> {
        Just(Told {
            scribe: Scribe::default(),
            model: Model::new(Rulebook::default()),
            last: Turn { result: Ok(()), entries: Vec::new() },
        })
        .boxed()
    }

    fn transitions(_: &Told) -> BoxedStrategy<Step> {
        step().boxed()
    }

    fn apply(mut told: Told, step: &Step) -> Told {
        told.scribe.write(*step);
        if let Some(event) = told.scribe.events().last() {
            told.last = turn(&mut told.model, event);
        }
        told
    }
}

impl<S: Service + Default + 'static> StateMachineTest for Machine<S> {
    type SystemUnderTest = S;
    type Reference = Reference;

    fn init_test(_: &Told) -> S {
        S::default()
    }

    fn apply(mut service: S, told: &Told, _: Step) -> S {
        if let Some(event) = told.scribe.events().last() {
            assert_eq!(turn(&mut service, event), told.last, "service and model differ{told:?}");
        }
        service
    }

    fn check_invariants(service: &S, told: &Told) {
        let (own, due) = (service.settled(None), Service::settled(&told.model, None));
        assert_eq!(own, due, "service and model settle otherwise{told:?}");
    }
}
