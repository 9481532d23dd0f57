//! `x W + b`, with W laid out beforehand as the kernels read it.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use candle_nn::VarBuilder;
use rten_gemm::{BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_tensor::NdTensorView;

/// One or several dense layers of the same inputs, side by side.
pub struct Dense {
    /// W: `[inputs, outputs]`.
    weight: PackedBMatrix<f32>,
    bias: Vec<f32>,
}

impl Dense {
    /// Reads the layers. The file keeps weights as `[outputs, inputs]`.
    pub fn build(parts: &[VarBuilder<'_>], (inputs, outputs): (usize, usize)) -> Result<Self> {
        let mut values = Vec::new();
        let mut bias = Vec::new();
        for part in parts {
            values.extend(part.get((outputs, inputs), "weight")?.flatten_all()?.to_vec1::<f32>()?);
            bias.extend(part.get(outputs, "bias")?.to_vec1::<f32>()?);
        }
        let transposed = NdTensorView::from_data([bias.len(), inputs], values.as_slice()).transposed();
        Ok(Self { weight: kernels().prepack_b(transposed), bias })
    }

    /// `[rows, inputs]` to `[rows, outputs]`.
    pub fn of(&self, rows: &Tensor) -> Result<Tensor> {
        rows.apply_op1_no_bwd(self)
    }
}

/// Those for this processor. Found anew each time, which costs nothing, since they cannot be sent between threads.
fn kernels() -> GemmExecutor {
    GemmExecutor::new()
}

impl CustomOp1 for Dense {
    fn name(&self) -> &'static str {
        "dense"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (rows, inputs) = layout.shape().dims2()?;
        let (CpuStorage::F32(values), Some((start, end))) = (storage, layout.contiguous_offsets()) else {
            bail!("expected 32-bit floats without gaps");
        };
        let values = NdTensorView::from_data([rows, inputs], &values[start..end]);
        let mut out = vec![0.0; rows * self.bias.len()];
        let options = GemmOptions { bias: Some(BiasVector::Row(&self.bias)), ..GemmOptions::default() };
        kernels()
            .gemm(&mut out, GemmInputA::Unpacked(values), GemmInputB::Packed(&self.weight), options)
            .map_err(|error| candle_core::Error::Msg(format!("a dense layer: {error:?}")))?;
        Ok((CpuStorage::F32(out), Shape::from((rows, self.bias.len()))))
    }
}
