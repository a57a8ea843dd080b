//! Core and model, step by step.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use tallyfold_core::Ledger;
use tallyfold_testkit::{Machine, Reference};

#[test]
fn the_ledger_does_as_the_model_does() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::with_cases(48), rng);
    runner
        .run(&Reference::sequential_strategy(1..60), |(state, steps, seen)| {
            Machine::<Ledger>::test_sequential(Config::default(), state, steps, seen);
            Ok(())
        })
        .unwrap();
}
