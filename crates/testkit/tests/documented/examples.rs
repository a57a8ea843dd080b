use tallyfold_core::Rulebook;
use tallyfold_testkit::{Audit, Fold, History, Service, agree, laws, model::Model, service_test};

service_test!(my_service_agrees_with_the_model, MyService);

fn my_service() -> Box<dyn Service> {
    Box::new(MyService::default())
}

#[test]
fn my_service_keeps_every_law() {
    for seed in 0..50 {
        let history = History::of_seed(seed, 20..=60);
        for law in laws::all() {
            assert_eq!(law.check(&my_service, Rulebook::default(), &history), Ok(()), "{}", law.name());
        }
    }
}

#[test]
fn my_service_and_the_model_make_one_journal() {
    let model = || Box::new(Model::new(Rulebook::default())) as Box<dyn Service>;
    for seed in 0..50 {
        let history = History::of_seed(seed, 20..=200);
        assert_eq!(agree(&model, &my_service, &history), Ok(()));
    }
}

#[test]
fn the_journal_that_i_have_keeps_the_laws() {
    for seed in 0..50 {
        let history = History::of_seed(seed, 20..=200);
        let journal = Fold::of(&my_service, &history);
        let audit = Audit::of(laws::all(), Rulebook::default(), &history, &journal);
        assert_eq!(audit.outcome(), Ok(()));
    }
}
