//! all-MiniLM-L6-v2 against sentence-transformers. Without the model's files the tests say so and check nothing.

use std::process::Command;

use lamas_controller::encoder::minilm::FOLDER_VARIABLE;
use lamas_controller::encoder::{Embeddings, Encoder, MiniLm, ModelFolder};
use serde::Deserialize;

/// Texts with sentence-transformers' embeddings, and the same texts one by one in our order of word pieces.
///
/// ```python
/// model = SentenceTransformer("all-MiniLM-L6-v2")
/// json.dump({"texts": texts, "embeddings": model.encode(texts, normalize_embeddings=True).round(7).tolist()}, file)
/// ```
#[derive(Deserialize)]
struct Reference {
    texts: Vec<String>,
    embeddings: Vec<Vec<f32>>,
}

impl Reference {
    fn read() -> Self {
        serde_json::from_str(include_str!("golden/minilm.json")).unwrap()
    }

    fn texts(&self) -> Vec<&str> {
        self.texts.iter().map(String::as_str).collect()
    }
}

fn encoder(test: &str) -> Option<MiniLm> {
    match ModelFolder::find(None) {
        Ok(folder) => Some(MiniLm::load(&folder).unwrap()),
        // A folder that was named is meant.
        Err(error) if std::env::var_os(FOLDER_VARIABLE).is_some() => panic!("{error}"),
        Err(error) => {
            lamas_testing::skip("minilm", test, &error.to_string());
            None
        }
    }
}

fn bits(embeddings: &Embeddings) -> Vec<u32> {
    (0..embeddings.len()).flat_map(|text| embeddings.row(text)).map(|x| x.to_bits()).collect()
}

#[test]
fn embeddings_are_those_of_sentence_transformers() {
    let Some(encoder) = encoder("embeddings_are_those_of_sentence_transformers") else { return };
    let reference = Reference::read();
    let embeddings = encoder.encode(&reference.texts()).unwrap();
    assert_eq!((embeddings.len(), embeddings.dimensions()), (6, 384));
    for (text, expected) in reference.embeddings.iter().enumerate() {
        let furthest = embeddings.row(text).iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let cosine: f32 = embeddings.row(text).iter().zip(expected).map(|(a, b)| a * b).sum();
        assert!(cosine > 0.999_99 && furthest < 2e-6, "text {text}: cosine {cosine}, furthest apart {furthest}");
    }
}

#[test]
fn an_embedding_does_not_depend_on_the_texts_beside_it() {
    let Some(encoder) = encoder("an_embedding_does_not_depend_on_the_texts_beside_it") else { return };
    let reference = Reference::read();
    let texts = reference.texts();
    let together = encoder.encode(&texts).unwrap();
    let turned = encoder.encode(&texts.iter().rev().copied().collect::<Vec<_>>()).unwrap();
    for (text, alone) in texts.iter().enumerate() {
        let alone = encoder.encode(&[alone]).unwrap();
        for other in [together.row(text), turned.row(texts.len() - 1 - text)] {
            let furthest = alone.row(0).iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(furthest <= 0.0, "text {text}: {furthest}");
        }
    }
    assert!(encoder.encode(&[]).unwrap().is_empty());
}

/// Rayon reads the number of threads once a process, so each count takes a process of its own: this test, called again.
#[test]
#[expect(clippy::print_stdout, reason = "the called process tells its result")]
fn embeddings_do_not_depend_on_the_number_of_threads() {
    const MARK: &str = "embeddings: ";
    let Some(encoder) = encoder("embeddings_do_not_depend_on_the_number_of_threads") else { return };
    let reference = Reference::read();
    let texts: Vec<&str> = reference.texts().into_iter().cycle().take(20).collect();
    if std::env::var_os("LAMAS_MINILM_CALLED").is_some() {
        println!("{MARK}{:?}", bits(&encoder.encode(&texts).unwrap()));
        return;
    }
    let with = |threads: &str| {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "minilm::embeddings_do_not_depend_on_the_number_of_threads", "--nocapture"])
            .envs([("RAYON_NUM_THREADS", threads), ("LAMAS_MINILM_CALLED", "1")])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().find_map(|line| Some(line.split_once(MARK)?.1.to_owned())).expect("the called test prints")
    };
    let one = with("1");
    assert!(one.len() > 20 * 384);
    for threads in ["2", "3", "7"] {
        assert!(one == with(threads), "{threads} threads");
    }
}
