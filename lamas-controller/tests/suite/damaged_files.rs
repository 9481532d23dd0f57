//! Checkpoints and notes whose bytes were changed: they are refused, or are what their checksum says; never a panic.
//!
//! `LAMAS_MUTATE_SECONDS=600` goes on for as long; what came of it is printed with `--nocapture`.

#![expect(clippy::print_stdout, reason = "what came of a long run is its result")]

use std::fs;
use std::path::Path;

use candle_core::{Device, Tensor};
use lamas_controller::actions::Actions;
use lamas_controller::checkpoint::{self, Origin};
use lamas_controller::notes;
use lamas_controller::policy::Policy;
use lamas_controller::reinforce::Learner;
use lamas_controller::settings::Settings;
use lamas_core::operator::Role;
use lamas_core::random::Seed;
use lamas_testing::damage::{Damage, rounds};

fn origin() -> Origin {
    Origin { config: "abc".into(), encoder: "hashed".into(), seed: Seed(1) }
}

fn learner(seed: u64) -> Learner<Policy> {
    let settings = Settings { layers: 2, hidden: 2, ..Settings::honest() };
    let operators = Tensor::new(&[[1.0_f64, 0.0], [0.0, 1.0]], &Device::Cpu).unwrap();
    let roles = vec![("generate".into(), Role::Generate), ("early_stop".into(), Role::Stop)];
    let actions = Actions::from_roles(roles, &"generate".into()).unwrap();
    let policy = Policy::new(&settings, &operators, Seed(seed)).unwrap();
    Learner::new(settings, actions, policy).unwrap()
}

fn saved(path: &Path, seed: u64) -> Vec<u8> {
    checkpoint::save(path, &learner(seed), &origin()).unwrap();
    fs::read(path).unwrap()
}

fn parameters(learner: &Learner<Policy>) -> Vec<Vec<u64>> {
    let bits = |tensor: &Tensor| -> Vec<u64> {
        tensor.flatten_all().unwrap().to_vec1::<f64>().unwrap().into_iter().map(f64::to_bits).collect()
    };
    learner.network().parameters().into_iter().map(|(_, var)| bits(var.as_tensor())).collect()
}

#[test]
fn case_a_changed_checkpoint_is_refused_or_holds_what_was_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let sounds = [saved(&path, 1), saved(&path, 2)];
    let known = [parameters(&learner(1)), parameters(&learner(2))];
    let mut here = learner(3);
    let untouched = parameters(&here);
    let mut damage = Damage::new(5);
    let (mut tried, mut taken) = (0, 0);
    for round in rounds() {
        let which = damage.below(2);
        // The head of the file says what lies where.
        let bytes = damage.of(&sounds[which], &sounds[1 - which], sounds[which].len());
        fs::write(&path, &bytes).unwrap();
        tried += 1;
        match checkpoint::load(&path, &mut here) {
            Ok(_) => {
                taken += 1;
                assert!(known.contains(&parameters(&here)), "round {round}");
                here = learner(3);
            }
            Err(error) => {
                assert_eq!(parameters(&here), untouched, "round {round}: {error}");
                assert!(error.to_string().contains("checkpoint.safetensors"), "round {round}: {error}");
                assert!(checkpoint::resume(&path, &mut here, &origin()).is_err(), "round {round}");
            }
        }
    }
    println!("{tried} damaged checkpoints: {taken} were taken, with the parameters that were saved");
    assert!(taken < tried);
}

#[test]
fn case_changed_notes_are_refused_or_hold_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("found.yaml");
    let settings = Settings::honest();
    let known: [Vec<(String, f64)>; 2] =
        [vec![("generate".to_owned(), 0.25), ("early_stop".to_owned(), 1e-9)], vec![("self_refine".to_owned(), 3.0)]];
    let sounds = known.clone().map(|found| {
        notes::save(&path, "search", &found, &origin(), &settings).unwrap();
        fs::read(&path).unwrap()
    });
    let mut damage = Damage::new(6);
    let (mut tried, mut taken) = (0, 0);
    for round in rounds() {
        let which = damage.below(2);
        fs::write(&path, damage.of(&sounds[which], &sounds[1 - which], 100)).unwrap();
        tried += 1;
        match notes::load::<Vec<(String, f64)>>(&path, "search", &origin(), &settings) {
            Ok(found) => {
                taken += 1;
                assert!(known.contains(&found), "round {round}: {found:?}");
            }
            Err(error) => assert!(error.to_string().contains("found.yaml"), "round {round}: {error}"),
        }
    }
    println!("{tried} damaged notes: {taken} were taken, with what was found");
    assert!(taken < tried);
}
