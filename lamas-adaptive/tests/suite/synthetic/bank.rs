//! Banks whose rows are of two kinds, which a query's embedding tells or does not tell.

use lamas_adaptive::bank::{Bank, Output, Row};
use lamas_adaptive::front::{Screened, Screening};
use lamas_adaptive::plans::Space;
use lamas_adaptive::prices::Prices;
use lamas_core::problem::{Domain, Problem, ProblemId};
use lamas_core::random::{Seed, Stream};
use lamas_core::units::{PathTokens, Seconds, Tokens, Usd};
use rand::RngExt;

/// A made-up set of queries.
#[derive(Debug, Clone, Copy)]
pub struct World {
    pub rows: usize,
    pub generators: usize,
    pub draws: usize,
    pub dimensions: usize,
    /// How far apart the embeddings of the two kinds lie, in lengths of what else an embedding holds.
    pub signal: f64,
}

/// Chances that an answer of each generator is right, for plain and for tricky queries.
const RIGHT: [[f64; 2]; 3] = [[0.97, 0.55], [0.95, 0.50], [0.93, 0.52]];

/// Mean output tokens of each generator.
const TOKENS: [f64; 3] = [320.0, 240.0, 280.0];

impl World {
    /// The bank, and an embedding of every row. Every second query is tricky.
    pub fn bank(&self, seed: Seed) -> (Bank, Vec<Vec<f32>>) {
        let names = ["generate_cot", "generate", "programmer"];
        let generators = names[..self.generators].iter().map(|&name| name.into()).collect();
        let rows = (0..self.rows).map(|row| self.row(row, seed)).collect();
        let embedding = |row| self.embedding(row, seed);
        (Bank::new(generators, rows).unwrap(), (0..self.rows).map(embedding).collect())
    }

    fn row(&self, row: usize, seed: Seed) -> Row {
        let outputs = |generator: usize| {
            let mut random = seed.stream("outputs", &[row as u64, generator as u64]);
            (0..self.draws).map(|_| output(RIGHT[generator][row % 2], TOKENS[generator], &mut random)).collect()
        };
        let problem = Problem {
            id: ProblemId(format!("made/{row}").into()),
            domain: Domain::Maths,
            statement: "How many?".into(),
            entry_point: None,
            public_examples: [].into(),
        };
        Row { problem, outputs: (0..self.generators).map(outputs).collect() }
    }

    fn embedding(&self, row: usize, seed: Seed) -> Vec<f32> {
        let mut random = seed.stream("embedding", &[row as u64]);
        let noise = |_| (normal(&mut random) / (self.dimensions as f64).sqrt()) as f32;
        let mut values: Vec<f32> = (0..self.dimensions).map(noise).collect();
        values[0] += if row.is_multiple_of(2) { self.signal } else { -self.signal } as f32;
        let norm = values.iter().map(|x| x * x).sum::<f32>().sqrt();
        values.iter_mut().for_each(|x| *x /= norm);
        values
    }
}

/// One of the wrong answers is the most tempting.
fn output(right: f64, tokens: f64, random: &mut Stream) -> Output {
    let is_right = random.random::<f64>() < right;
    let wrong = if random.random::<f64>() < 0.4 { 1 } else { 2 + (random.random::<f64>() * 8.0) as usize };
    let tokens = (tokens * (0.35 * normal(random)).exp()).round();
    Output {
        class: Some(if is_right { 0 } else { wrong }),
        score: f64::from(u8::from(is_right)),
        output: Tokens(tokens as u64),
        length: PathTokens(tokens),
        seconds: Seconds(tokens / 60.0),
        prompt: Usd(150.0 * 0.15e-6),
        completion: Usd(tokens * 0.6e-6),
        ran: None,
        passed: None,
        follow_ups: Vec::new(),
    }
}

/// Box and Muller's way to a normal number.
fn normal(random: &mut Stream) -> f64 {
    let (radius, turn): (f64, f64) = (random.random(), random.random());
    (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * turn).cos()
}

pub const PRICES: [Prices; 4] = [
    Prices { lambda_t: 0.0, lambda_c: 150.0 },
    Prices { lambda_t: 5e-5, lambda_c: 150.0 },
    Prices { lambda_t: 2e-4, lambda_c: 150.0 },
    Prices { lambda_t: 5e-4, lambda_c: 150.0 },
];

pub fn world(signal: f64) -> World {
    World { rows: 300, generators: 2, draws: 8, dimensions: 384, signal }
}

pub fn screened(bank: &Bank) -> Screened {
    let plans = Space { second_wave: false, copies: 6, ..Space::default() }.plans(bank);
    Screening { keep: 16, last: 16, ..Screening::default() }.screen(bank, plans, Seed(1)).unwrap()
}

pub fn borrowed(embeddings: &[Vec<f32>]) -> Vec<&[f32]> {
    embeddings.iter().map(Vec::as_slice).collect()
}
