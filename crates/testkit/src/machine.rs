//! A `proptest-state-machine` harness: a service, step by step beside the model.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use tallyfold_core::Rulebook;

use crate::fold::{Turn, turn};
use crate::history_writer::HistoryWriter;
use crate::model::Model;
use crate::scenario::scenario;
use crate::service::Service;
use crate::steps::Step;
use crate::strategies::step;

/// The test of a service against the model.
///
/// After every event both must have answered and written the same, and both must settle to the
/// same. A failing run shrinks, and the message ends with it as a [`scenario`].
///
/// [`service_test!`](crate::service_test) makes a test of it; `proptest_state_machine` takes it where
/// you want another number of steps.
#[derive(Debug)]
pub struct Machine<S>(PhantomData<S>);

/// Tests a service against the model: `service_test!(name_of_the_test, MyService);`
///
/// The service starts as its `Default`, under the launch rulebook. The expansion is a whole `#[test]`
/// function, which panics where service and model differ, with the smallest history that shows it.
/// How many histories are tried says `PROPTEST_CASES` (256 without it).
///
/// ```
/// use tallyfold_core::Ledger;
/// use tallyfold_testkit::service_test;
///
/// service_test!(my_service_agrees_with_the_model, Ledger);
/// # tallyfold_testkit::assert_agrees_with_the_model::<Ledger>();
/// ```
#[macro_export]
macro_rules! service_test {
    ($name:ident, $service:ty) => {
        #[test]
        fn $name() {
            $crate::assert_agrees_with_the_model::<$service>();
        }
    };
}

/// How many steps of a history a service is taken through.
const STEPS: Range<usize> = 1..40;

/// What a [`service_test!`](crate::service_test) runs.
///
/// # Panics
///
/// Where the service and the model differ.
pub fn assert_agrees_with_the_model<S: Service + Default + 'static>() {
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config.clone());
    let steps = Reference::sequential_strategy(STEPS);
    let run = runner.run(&steps, |(told, steps, seen)| {
        Machine::<S>::test_sequential(config.clone(), told, steps, seen);
        Ok(())
    });
    if let Err(error) = run {
        panic!("{error}");
    }
}

/// The model's side of a [`Machine`].
#[derive(Debug)]
pub struct Reference;

/// What the model has been told, and what it answered last.
#[derive(Clone)]
pub struct MachineState {
    writer: HistoryWriter,
    model: Model,
    last: Turn,
}

impl fmt::Debug for MachineState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", scenario(self.writer.events()))
    }
}

impl ReferenceStateMachine for Reference {
    type State = MachineState;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<MachineState> {
        Just(MachineState {
            writer: HistoryWriter::default(),
            model: Model::new(Rulebook::default()),
            last: Turn { result: Ok(()), entries: Vec::new() },
        })
        .boxed()
    }

    fn transitions(_: &MachineState) -> BoxedStrategy<Step> {
        step().boxed()
    }

    fn apply(mut told: MachineState, step: &Step) -> MachineState {
        told.writer.write(*step);
        if let Some(event) = told.writer.events().last() {
            told.last = turn(&mut told.model, event);
        }
        told
    }
}

impl<S: Service + Default + 'static> StateMachineTest for Machine<S> {
    type SystemUnderTest = S;
    type Reference = Reference;

    fn init_test(_: &MachineState) -> S {
        S::default()
    }

    fn apply(mut service: S, told: &MachineState, _: Step) -> S {
        if let Some(event) = told.writer.events().last() {
            assert_eq!(turn(&mut service, event), told.last, "service and model differ{told:?}");
        }
        service
    }

    fn check_invariants(service: &S, told: &MachineState) {
        let (own, due) = (service.settled(None), Service::settled(&told.model, None));
        assert_eq!(own, due, "service and model settle otherwise{told:?}");
    }
}
