//! Checkpoints whose bytes are anything: taken or refused. Of a refused one nothing is taken, and one that is taken holds the
//! parameters that its checksum says.
//!
//! With `LAMAS_FUZZ_SEED=FILE` set, a sound one is written there to start from.

#![no_main]

use std::cell::RefCell;
use std::path::PathBuf;

use candle_core::{Device, Tensor};
use lamas_controller::actions::Actions;
use lamas_controller::checkpoint::{self, Origin};
use lamas_controller::policy::Policy;
use lamas_controller::reinforce::Learner;
use lamas_controller::settings::Settings;
use lamas_core::operator::Role;
use lamas_core::random::Seed;
use libfuzzer_sys::fuzz_target;

struct Bench {
    learner: Learner<Policy>,
    origin: Origin,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let settings = Settings { layers: 2, hidden: 2, ..Settings::honest() };
        let operators = Tensor::new(&[[1.0_f64, 0.0], [0.0, 1.0]], &Device::Cpu).unwrap();
        let roles = vec![("generate".into(), Role::Generate), ("early_stop".into(), Role::Stop)];
        let actions = Actions::from_roles(roles, &"generate".into()).unwrap();
        let policy = Policy::new(&settings, &operators, Seed(1)).unwrap();
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        let origin = Origin { config: "abc".into(), encoder: "hashed".into(), seed: Seed(1) };
        let learner = Learner::new(settings, actions, policy).unwrap();
        if let Some(seed) = std::env::var_os("LAMAS_FUZZ_SEED") {
            checkpoint::save(seed.as_ref(), &learner, &origin).unwrap();
        }
        Self { learner, origin, path, _folder: folder }
    }

    fn parameters(&self) -> Vec<Vec<u64>> {
        let bits = |tensor: &Tensor| {
            let values: Vec<f64> = tensor.flatten_all().and_then(|flat| flat.to_vec1()).unwrap();
            values.into_iter().map(f64::to_bits).collect()
        };
        self.learner.network().parameters().into_iter().map(|(_, var)| bits(var.as_tensor())).collect()
    }
}

thread_local!(static BENCH: RefCell<Bench> = RefCell::new(Bench::new()));

fuzz_target!(|bytes: &[u8]| {
    BENCH.with_borrow_mut(|bench| {
        std::fs::write(&bench.path, bytes).unwrap();
        let before = bench.parameters();
        if checkpoint::load(&bench.path, &mut bench.learner).is_err() {
            assert_eq!(bench.parameters(), before);
            assert!(checkpoint::resume(&bench.path, &mut bench.learner, &bench.origin).is_err());
            return;
        }
        // What was taken can be written, and read again as the same.
        let taken = bench.parameters();
        checkpoint::save(&bench.path, &bench.learner, &bench.origin).unwrap();
        checkpoint::load(&bench.path, &mut bench.learner).unwrap();
        assert_eq!(bench.parameters(), taken);
    });
});
