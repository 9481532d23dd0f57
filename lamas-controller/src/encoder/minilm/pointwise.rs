//! What stands between the matrix products: GELU, softmax and layer normalisation, each one pass over memory.
//!
//! Written as plain loops over lanes, which the compiler vectorises for the instruction set that `pulp` finds at run time.
//! Sums have a fixed order, so results do not depend on it.

use candle_core::{CpuStorage, InplaceOp1, InplaceOp2, Layout, Result, bail};
use pulp::{Arch, NullaryFnOnce};

/// Lanes of a sum; at least the widest vector registers'.
const LANES: usize = 16;

/// Does something to each row, with the widest vector instructions that the processor has.
fn each_row(values: &mut [f32], width: usize, each: impl Fn(usize, &mut [f32])) {
    Arch::new().dispatch(Rows { values, width, each });
}

/// Something to do to each row, given its number. `pulp` compiles it for every instruction set that it may find, provided
/// that all of it is inlined.
struct Rows<'a, F> {
    values: &'a mut [f32],
    width: usize,
    each: F,
}

impl<F: Fn(usize, &mut [f32])> NullaryFnOnce for Rows<'_, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (index, row) in self.values.chunks_exact_mut(self.width).enumerate() {
            (self.each)(index, row);
        }
    }
}

/// The Gaussian error linear unit.
pub struct Gelu;

/// Softmax over rows of a length, after a scale.
pub struct Softmax {
    /// A row's length.
    pub length: usize,
    /// What each value is multiplied by first.
    pub scale: f32,
}

/// Adds the residual to each row, then normalises it to mean 0 and deviation 1, then scales and shifts it.
pub struct AddNorm<'a> {
    pub gain: &'a [f32],
    pub shift: &'a [f32],
    pub epsilon: f32,
}

impl InplaceOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let values = floats(storage, layout)?;
        let width = values.len().max(1);
        each_row(
            values,
            width,
            #[inline(always)]
            |_, row: &mut [f32]| row.iter_mut().for_each(|x| *x = gelu(*x)),
        );
        Ok(())
    }
}

impl InplaceOp1 for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let values = floats(storage, layout)?;
        each_row(
            values,
            self.length,
            #[inline(always)]
            |_, row: &mut [f32]| softmax(row, self.scale),
        );
        Ok(())
    }
}

impl InplaceOp2 for AddNorm<'_> {
    fn name(&self) -> &'static str {
        "add and normalise"
    }

    fn cpu_fwd(
        &self,
        storage: &mut CpuStorage,
        layout: &Layout,
        residual: &CpuStorage,
        residual_layout: &Layout,
    ) -> Result<()> {
        let values = floats(storage, layout)?;
        let Some((start, end)) = residual_layout.contiguous_offsets() else { bail!("residual has gaps") };
        let residual = &residual.as_slice::<f32>()?[start..end];
        let width = self.gain.len();
        each_row(
            values,
            width,
            #[inline(always)]
            |index: usize, row: &mut [f32]| {
                let residual = &residual[index * width..][..width];
                row.iter_mut().zip(residual).for_each(|(x, residual)| *x += residual);
                normalise(row, self.gain, self.shift, self.epsilon);
            },
        );
        Ok(())
    }
}

fn floats<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&mut values[start..end]),
        _ => bail!("expected 32-bit floats without gaps"),
    }
}

#[inline(always)]
fn softmax(row: &mut [f32], scale: f32) {
    let most = lanes(row, f32::NEG_INFINITY, f32::max).into_iter().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|x| *x = exp((*x - most) * scale));
    let inverse = 1.0 / total(lanes(row, 0.0, |sum, x| sum + x));
    row.iter_mut().for_each(|x| *x *= inverse);
}

#[inline(always)]
fn normalise(row: &mut [f32], gain: &[f32], shift: &[f32], epsilon: f32) {
    let width = row.len() as f32;
    let mean = total(lanes(row, 0.0, |sum, x| sum + x)) / width;
    row.iter_mut().for_each(|x| *x -= mean);
    let variance = total(lanes(row, 0.0, |sum, x| x.mul_add(x, sum))) / width;
    let inverse = 1.0 / (variance + epsilon).sqrt();
    for ((x, gain), shift) in row.iter_mut().zip(gain).zip(shift) {
        *x = (*x * inverse).mul_add(*gain, *shift);
    }
}

/// Folds every sixteenth value into the same lane.
#[inline(always)]
fn lanes(row: &[f32], start: f32, fold: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    let mut lanes = [start; LANES];
    let mut blocks = row.chunks_exact(LANES);
    for block in &mut blocks {
        lanes.iter_mut().zip(block).for_each(|(lane, x)| *lane = fold(*lane, *x));
    }
    lanes.iter_mut().zip(blocks.remainder()).for_each(|(lane, x)| *lane = fold(*lane, *x));
    lanes
}

#[inline(always)]
fn total(lanes: [f32; LANES]) -> f32 {
    lanes.into_iter().fold(0.0, |sum, lane| sum + lane)
}

/// `x * Phi(x)` through the error function of Abramowitz and Stegun, 7.1.26, whose error is at most 1.5e-7.
#[inline(always)]
fn gelu(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / z.mul_add(0.327_591_1, 1.0);
    let polynomial = [1.061_405_4, -1.453_152, 1.421_413_8, -0.284_496_74, 0.254_829_6_f32]
        .into_iter()
        .fold(0.0_f32, |sum, coefficient| sum.mul_add(t, coefficient));
    let tail = 0.5 * polynomial * t * exp(-z * z);
    x * if x < 0.0 { tail } else { 1.0 - tail }
}

/// The exponential of a number that is not positive, to a relative 2e-7: `2^k` times a polynomial of the rest, with the
/// coefficients of Cephes' `expf`. Below -87 it stays at `exp(-87)`, which is zero beside anything it is added to here.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Adding it rounds to a whole number, which then stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.max(-87.0);
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let k = shifted - ROUND;
    let rest = k.mul_add(-LN_2_LOW, k.mul_add(-LN_2_HIGH, x));
    let polynomial = [1.987_569_1e-4, 1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5_f32]
        .into_iter()
        .fold(0.0_f32, |sum, coefficient| sum.mul_add(rest, coefficient));
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    polynomial.mul_add(rest * rest, rest + 1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{D, Device, Tensor};

    fn values(rows: usize, width: usize) -> Tensor {
        let values: Vec<f32> = (0..rows * width).map(|i| ((i * 37 % 101) as f32 - 50.0) / 9.0).collect();
        Tensor::from_vec(values, (rows, width), &Device::Cpu).unwrap()
    }

    fn furthest(a: &Tensor, b: &Tensor) -> f32 {
        (a - b).unwrap().abs().unwrap().flatten_all().unwrap().max(D::Minus1).unwrap().to_scalar().unwrap()
    }

    /// The library's own, slower functions are the reference; 35 is no multiple of the lanes.
    #[test]
    fn each_pass_agrees_with_the_librarys_functions() {
        let ramp: Vec<f32> = (0..35).map(|i| i as f32 / 10.0 - 1.0).collect();
        let row = Tensor::from_slice(&ramp, 35, &Device::Cpu).unwrap();

        let ours = values(7, 35);
        ours.inplace_op1(&Gelu).unwrap();
        assert!(furthest(&ours, &values(7, 35).gelu_erf().unwrap()) < 1e-6);

        let ours = values(7, 35);
        ours.inplace_op1(&Softmax { length: 35, scale: 0.7 }).unwrap();
        let theirs = candle_nn::ops::softmax_last_dim(&(values(7, 35) * 0.7).unwrap()).unwrap();
        assert!(furthest(&ours, &theirs) < 1e-6);

        let (ours, residual) = (values(7, 35), (values(7, 35) * -1.3).unwrap());
        ours.inplace_op2(&residual, &AddNorm { gain: &ramp, shift: &ramp, epsilon: 1e-12 }).unwrap();
        let summed = (values(7, 35) + residual).unwrap();
        let theirs = candle_nn::ops::layer_norm_slow(&summed, &row, &row, 1e-12).unwrap();
        assert!(furthest(&ours, &theirs) < 1e-5);
    }

    #[test]
    fn the_exponential_is_right_from_zero_to_nothing() {
        for step in 0..8700 {
            let x = -(step as f32) / 100.0;
            let error = f64::from(exp(x)) / f64::from(x).exp() - 1.0;
            assert!(error.abs() < 3e-7, "exp({x}) is off by {error}");
        }
        assert!(exp(-1e30) < 1e-37);
    }
}
