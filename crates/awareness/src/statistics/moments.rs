//! Moments of one or two numbers per customer, kept while customers and outcomes arrive.

/// Sums over customers of a number `y` and a second number `x` (a covariate, or a denominator).
///
/// A customer's numbers may change later; [`Moments::change`] replaces what they contributed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moments {
    /// Customers.
    pub count: f64,
    /// Sum of y.
    pub y: f64,
    /// Sum of y².
    pub yy: f64,
    /// Sum of x.
    pub x: f64,
    /// Sum of x².
    pub xx: f64,
    /// Sum of x·y.
    pub xy: f64,
}

impl Moments {
    /// The moments of some customers' numbers.
    pub fn of(pairs: impl IntoIterator<Item = (f64, f64)>) -> Moments {
        let mut moments = Moments::default();
        for (y, x) in pairs {
            moments.add(y, x);
        }
        moments
    }

    /// The moments of numbers without a second one.
    pub fn of_values(values: impl IntoIterator<Item = f64>) -> Moments {
        Moments::of(values.into_iter().map(|y| (y, 0.0)))
    }

    /// The moments of `successes` ones among `count` customers.
    pub fn of_rate(successes: f64, count: f64) -> Moments {
        Moments {
            count,
            y: successes,
            yy: successes,
            ..Moments::default()
        }
    }

    /// Another customer.
    pub fn add(&mut self, y: f64, x: f64) {
        self.count += 1.0;
        self.change((0.0, 0.0), (y, x));
    }

    /// A customer's numbers are others now.
    pub fn change(&mut self, (y0, x0): (f64, f64), (y1, x1): (f64, f64)) {
        self.y += y1 - y0;
        self.yy += y1 * y1 - y0 * y0;
        self.x += x1 - x0;
        self.xx += x1 * x1 - x0 * x0;
        self.xy += x1 * y1 - x0 * y0;
    }

    /// The customers of both.
    pub fn with(self, other: Moments) -> Moments {
        Moments {
            count: self.count + other.count,
            y: self.y + other.y,
            yy: self.yy + other.yy,
            x: self.x + other.x,
            xx: self.xx + other.xx,
            xy: self.xy + other.xy,
        }
    }

    /// The mean of y; 0 without customers.
    pub fn mean(&self) -> f64 {
        self.over_count(self.y)
    }

    /// The mean of x; 0 without customers.
    pub fn mean_x(&self) -> f64 {
        self.over_count(self.x)
    }

    /// The sample variance of y.
    pub fn variance(&self) -> f64 {
        self.centred(self.yy, self.y, self.y).max(0.0)
    }

    /// The sample variance of x.
    pub fn variance_x(&self) -> f64 {
        self.centred(self.xx, self.x, self.x).max(0.0)
    }

    /// The sample covariance of both.
    pub fn covariance(&self) -> f64 {
        self.centred(self.xy, self.x, self.y)
    }

    fn over_count(&self, sum: f64) -> f64 {
        if self.count > 0.0 {
            sum / self.count
        } else {
            0.0
        }
    }

    fn centred(&self, products: f64, one: f64, other: f64) -> f64 {
        if self.count < 2.0 {
            return 0.0;
        }
        (products - one * other / self.count) / (self.count - 1.0)
    }
}
