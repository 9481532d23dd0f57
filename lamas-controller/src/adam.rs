//! Adam, without weight decay. `candle_nn`'s optimiser computes the same but keeps its moments to itself, and a checkpoint
//! has to hold them; besides, updating in place is faster.

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, InplaceOp2, InplaceOp3, Layout, Result, Tensor, Var, bail};

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// One parameter with its moments.
#[derive(Debug)]
struct Slot {
    name: &'static str,
    theta: Var,
    m: Var,
    v: Var,
}

/// The optimiser's state.
#[derive(Debug)]
pub struct Adam {
    learning_rate: f64,
    step: u64,
    slots: Vec<Slot>,
}

impl Adam {
    /// An optimiser of these parameters that has made no step.
    ///
    /// # Errors
    /// When memory for the moments cannot be had.
    pub fn new(parameters: &[(&'static str, &Var)], learning_rate: f64) -> Result<Self> {
        let slot = |&(name, theta): &(&'static str, &Var)| {
            let zeros = || Var::zeros(theta.shape(), theta.dtype(), theta.device());
            Ok(Slot { name, theta: theta.clone(), m: zeros()?, v: zeros()? })
        };
        Ok(Self { learning_rate, step: 0, slots: parameters.iter().map(slot).collect::<Result<_>>()? })
    }

    /// How many steps were made.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// Continues after this many steps; the moments are set through [`Adam::moments`].
    pub fn resume(&mut self, steps: u64) {
        self.step = steps;
    }

    /// The first and second moments by parameter name.
    pub fn moments(&self) -> impl Iterator<Item = (&'static str, &Var, &Var)> {
        self.slots.iter().map(|slot| (slot.name, &slot.m, &slot.v))
    }

    /// One step:
    ///
    /// ```text
    /// m = beta1 m + (1 - beta1) g        v = beta2 v + (1 - beta2) g^2
    /// theta = theta - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
    /// ```
    ///
    /// # Errors
    /// When a parameter has no gradient.
    pub fn step(&mut self, gradients: &GradStore) -> Result<()> {
        self.step += 1;
        let t = self.step as f64;
        let apply =
            Apply { rate: self.learning_rate / (1.0 - BETA_1.powf(t)), scale: (1.0 / (1.0 - BETA_2.powf(t))).sqrt() };
        for Slot { name, theta, m, v } in &self.slots {
            let Some(gradient) = gradients.get(theta) else { bail!("parameter `{name}` has no gradient") };
            let gradient = gradient.contiguous()?;
            m.inplace_op2(&gradient, &Blend { keep: BETA_1, squared: false })?;
            v.inplace_op2(&gradient, &Blend { keep: BETA_2, squared: true })?;
            theta.inplace_op3(m, v, &apply)?;
        }
        Ok(())
    }

    /// The Euclidean norm over the gradients of all parameters.
    ///
    /// # Errors
    /// When a gradient cannot be read.
    pub fn gradient_norm(&self, gradients: &GradStore) -> Result<f64> {
        let squares = self.slots.iter().filter_map(|slot| gradients.get(&slot.theta)).map(square_sum);
        Ok(squares.sum::<Result<f64>>()?.sqrt())
    }
}

fn square_sum(gradient: &Tensor) -> Result<f64> {
    gradient.sqr()?.sum_all()?.to_dtype(candle_core::DType::F64)?.to_scalar()
}

/// `x = keep x + (1 - keep) g`, or with g squared.
struct Blend {
    keep: f64,
    squared: bool,
}

impl InplaceOp2 for Blend {
    fn name(&self) -> &'static str {
        "adam-moment"
    }

    fn cpu_fwd(&self, x: &mut CpuStorage, _: &Layout, g: &CpuStorage, g_layout: &Layout) -> Result<()> {
        let at = g_layout.start_offset();
        macro_rules! blend {
            ($x:ident, $g:ident, $float:ty) => {{
                let (keep, add) = (self.keep as $float, (1.0 - self.keep) as $float);
                let pairs = $x.iter_mut().zip(&$g[at..]);
                if self.squared {
                    pairs.for_each(|(x, g)| *x = keep * *x + add * (g * g));
                } else {
                    pairs.for_each(|(x, g)| *x = keep * *x + add * g);
                }
            }};
        }
        match (x, g) {
            (CpuStorage::F32(x), CpuStorage::F32(g)) => blend!(x, g, f32),
            (CpuStorage::F64(x), CpuStorage::F64(g)) => blend!(x, g, f64),
            _ => bail!("adam works on 32-bit or 64-bit floats"),
        }
        Ok(())
    }
}

/// `theta = theta - rate m / (scale sqrt(v) + epsilon)`.
struct Apply {
    rate: f64,
    scale: f64,
}

impl InplaceOp3 for Apply {
    fn name(&self) -> &'static str {
        "adam-step"
    }

    fn cpu_fwd(
        &self,
        theta: &mut CpuStorage,
        _: &Layout,
        m: &CpuStorage,
        _: &Layout,
        v: &CpuStorage,
        _: &Layout,
    ) -> Result<()> {
        macro_rules! apply {
            ($theta:ident, $m:ident, $v:ident, $float:ty) => {{
                let (rate, scale, epsilon) = (self.rate as $float, self.scale as $float, EPSILON as $float);
                let moments = $m.iter().zip($v);
                $theta.iter_mut().zip(moments).for_each(|(x, (m, v))| *x -= rate * m / (scale * v.sqrt() + epsilon));
            }};
        }
        match (theta, m, v) {
            (CpuStorage::F32(theta), CpuStorage::F32(m), CpuStorage::F32(v)) => apply!(theta, m, v, f32),
            (CpuStorage::F64(theta), CpuStorage::F64(m), CpuStorage::F64(v)) => apply!(theta, m, v, f64),
            _ => bail!("adam works on 32-bit or 64-bit floats"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use candle_nn::{AdamW, Optimizer, ParamsAdamW};

    use super::*;

    #[test]
    fn it_agrees_with_the_library_optimiser_without_weight_decay() {
        let start = Tensor::new(&[[0.5_f64, -1.0], [2.0, 0.0]], &Device::Cpu).unwrap();
        let (ours, theirs) = (Var::from_tensor(&start).unwrap(), Var::from_tensor(&start.copy().unwrap()).unwrap());
        let mut adam = Adam::new(&[("x", &ours)], 0.01).unwrap();
        let params = ParamsAdamW { lr: 0.01, weight_decay: 0.0, ..ParamsAdamW::default() };
        let mut reference = AdamW::new(vec![theirs.clone()], params).unwrap();
        let loss = |x: &Var| x.powf(3.0).unwrap().mean_all().unwrap() + x.sum_all().unwrap();
        for _ in 0..5 {
            adam.step(&loss(&ours).unwrap().backward().unwrap()).unwrap();
            reference.step(&loss(&theirs).unwrap().backward().unwrap()).unwrap();
        }
        let gap = (ours.as_tensor() - theirs.as_tensor()).unwrap().abs().unwrap().max_all().unwrap();
        assert!(gap.to_scalar::<f64>().unwrap() < 1e-14);
        assert_ne!(ours.to_vec2::<f64>().unwrap()[0][0], 0.5);
        assert_eq!(adam.steps(), 5);
    }
}
