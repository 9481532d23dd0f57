//! BERT's forward pass over packed texts.
//!
//! The texts' word pieces stand in one `[pieces, width]` matrix, so the dense layers are one product for all of them;
//! only attention goes text by text.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use serde::Deserialize;

use super::dense::Dense;
use super::pointwise::{AddNorm, Gelu, Softmax};
use crate::Result;
use crate::product::product;

/// A file of the model that does not fit, and why.
type Damaged = (&'static str, String);

/// The part of `config.json` that the forward pass needs.
#[derive(Deserialize)]
struct Config {
    hidden_size: usize,
    intermediate_size: usize,
    num_attention_heads: usize,
    num_hidden_layers: usize,
    vocab_size: usize,
    max_position_embeddings: usize,
    type_vocab_size: usize,
    layer_norm_eps: f32,
    hidden_act: String,
    position_embedding_type: Option<String>,
}

/// The network.
pub struct Bert {
    width: usize,
    /// `[vocabulary, width]`.
    words: Tensor,
    /// Position and segment, which is always the first: `[positions, width]`.
    positions: Tensor,
    norm: Norm,
    layers: Vec<Layer>,
}

struct Layer {
    heads: usize,
    /// Queries, keys and values in one: `[width, 3 * width]`.
    attention: Dense,
    context: Dense,
    context_norm: Norm,
    widen: Dense,
    narrow: Dense,
    narrow_norm: Norm,
}

struct Norm {
    gain: Vec<f32>,
    shift: Vec<f32>,
    epsilon: f32,
}

impl Bert {
    /// Builds the network from the bytes of `config.json` and `model.safetensors`.
    pub fn load(config: &[u8], weights: Vec<u8>) -> Result<Self, Damaged> {
        let config: Config = serde_json::from_slice(config).map_err(|error| ("config.json", error.to_string()))?;
        config.check()?;
        VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)
            .and_then(|weights| Self::build(&config, &weights))
            .map_err(|error| ("model.safetensors", error.to_string()))
    }

    fn build(config: &Config, weights: &VarBuilder<'_>) -> candle_core::Result<Self> {
        let width = config.hidden_size;
        let embeddings = weights.pp("embeddings");
        let table = |name: &str, rows: usize| embeddings.pp(name).get((rows, width), "weight");
        let first_segment = table("token_type_embeddings", config.type_vocab_size)?.narrow(0, 0, 1)?;
        let positions = table("position_embeddings", config.max_position_embeddings)?.broadcast_add(&first_segment)?;
        let layers = weights.pp("encoder.layer");
        let layers = (0..config.num_hidden_layers).map(|layer| Layer::build(config, &layers.pp(layer)));
        Ok(Self {
            width,
            words: table("word_embeddings", config.vocab_size)?,
            positions,
            norm: Norm::build(config, &embeddings.pp("LayerNorm"))?,
            layers: layers.collect::<candle_core::Result<_>>()?,
        })
    }

    /// The length of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The sum of each text's last activations over its pieces: `[texts, width]`, row-major. It differs from the mean by a
    /// factor alone, which the unit length takes out.
    pub fn means(&self, texts: &[Vec<u32>]) -> Result<Vec<f32>> {
        let lengths: Vec<usize> = texts.iter().map(Vec::len).collect();
        let mut pieces = self.embed(texts)?;
        for layer in &self.layers {
            pieces = layer.forward(&pieces, &lengths)?;
        }
        let rows = pieces.to_vec2::<f32>()?;
        let mut rest = rows.as_slice();
        let mut sums = Vec::with_capacity(texts.len() * self.width);
        for length in lengths {
            let (own, others) = rest.split_at(length);
            rest = others;
            sums.extend((0..self.width).map(|i| own.iter().map(|row| row[i]).sum::<f32>()));
        }
        Ok(sums)
    }

    /// The embeddings of all word pieces, text after text.
    ///
    /// # Shapes
    /// `[pieces, width]`.
    fn embed(&self, texts: &[Vec<u32>]) -> Result<Tensor> {
        let ids = texts.concat();
        let positions: Vec<u32> = texts.iter().flat_map(|text| 0..text.len() as u32).collect();
        let index = |values: Vec<u32>| {
            let length = values.len();
            Tensor::from_vec(values, length, &Device::Cpu)
        };
        let words = self.words.index_select(&index(ids)?, 0)?;
        let positions = self.positions.index_select(&index(positions)?, 0)?;
        self.norm.add(&words, &positions)?;
        Ok(words)
    }
}

impl Config {
    /// Refuses what the forward pass does not do.
    fn check(&self) -> Result<(), Damaged> {
        let refuse = |message: String| Err(("config.json", message));
        if self.hidden_act != "gelu" {
            return refuse(format!("`hidden_act` is `{}`: only `gelu` is known", self.hidden_act));
        }
        if self.position_embedding_type.as_deref().is_some_and(|kind| kind != "absolute") {
            return refuse("`position_embedding_type` is not `absolute`".to_owned());
        }
        if self.num_attention_heads == 0 || !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return refuse("`num_attention_heads` does not divide `hidden_size`".to_owned());
        }
        Ok(())
    }
}

impl Layer {
    fn build(config: &Config, weights: &VarBuilder<'_>) -> candle_core::Result<Self> {
        let (width, wide) = (config.hidden_size, config.intermediate_size);
        let attention = weights.pp("attention");
        let projections = ["query", "key", "value"].map(|part| attention.pp("self").pp(part));
        Ok(Self {
            heads: config.num_attention_heads,
            attention: Dense::build(&projections, (width, width))?,
            context: Dense::build(&[attention.pp("output.dense")], (width, width))?,
            context_norm: Norm::build(config, &attention.pp("output.LayerNorm"))?,
            widen: Dense::build(&[weights.pp("intermediate.dense")], (width, wide))?,
            narrow: Dense::build(&[weights.pp("output.dense")], (wide, width))?,
            narrow_norm: Norm::build(config, &weights.pp("output.LayerNorm"))?,
        })
    }

    /// One layer; `lengths` are the texts' in pieces.
    ///
    /// # Shapes
    /// `pieces: [pieces, width]` to the same.
    fn forward(&self, pieces: &Tensor, lengths: &[usize]) -> Result<Tensor> {
        let context = self.context.of(&self.attend(pieces, lengths)?)?;
        self.context_norm.add(&context, pieces)?;
        let wide = self.widen.of(&context)?;
        wide.inplace_op1(&Gelu)?;
        let narrow = self.narrow.of(&wide)?;
        self.narrow_norm.add(&narrow, &context)?;
        Ok(narrow)
    }

    /// Each text's pieces attend to each other.
    ///
    /// # Shapes
    /// `pieces: [pieces, width]` to the same.
    fn attend(&self, pieces: &Tensor, lengths: &[usize]) -> Result<Tensor> {
        let projected = self.attention.of(pieces)?;
        let width = pieces.dim(1)?;
        let size = width / self.heads;
        let scale = 1.0 / (size as f32).sqrt();
        let mut start = 0;
        let mut contexts = Vec::with_capacity(lengths.len());
        for &length in lengths {
            // [3, heads, length, size]
            let split =
                projected.narrow(0, start, length)?.reshape((length, 3, self.heads, size))?.permute((1, 2, 0, 3))?;
            let (queries, keys, values) = (split.get(0)?, split.get(1)?, split.get(2)?);
            let weights = product(&queries, &keys.t()?)?;
            weights.inplace_op1(&Softmax { length, scale })?;
            contexts.push(product(&weights, &values)?.transpose(0, 1)?.reshape((length, width))?);
            start += length;
        }
        Ok(Tensor::cat(&contexts, 0)?)
    }
}

impl Norm {
    fn build(config: &Config, weights: &VarBuilder<'_>) -> candle_core::Result<Self> {
        let vector = |name: &str| weights.get(config.hidden_size, name)?.to_vec1();
        Ok(Self { gain: vector("weight")?, shift: vector("bias")?, epsilon: config.layer_norm_eps })
    }

    /// `values + residual`, normalised, in place of `values`.
    fn add(&self, values: &Tensor, residual: &Tensor) -> Result<()> {
        let op = AddNorm { gain: &self.gain, shift: &self.shift, epsilon: self.epsilon };
        Ok(values.inplace_op2(residual, &op)?)
    }
}
