//! `rapport coupon verify`: whether a coupon is ours, without asking anybody.

use std::path::PathBuf;

use anyhow::Context;
use decision::coupon::{self, PublicKey};
use serde::Deserialize;
use store::{Clock, Timestamp};

use crate::config::Config;
use crate::reach::{Reach, reach};

/// Verify coupons.
#[derive(clap::Subcommand)]
pub enum CouponCommand {
    /// Say whether a coupon is ours, has not ended and belongs to the customer
    Verify(Verify),
}

/// Verify a coupon.
#[derive(clap::Args)]
pub struct Verify {
    /// The whole text, from `RPC1.` on
    coupon: String,
    /// The customer's number, for a coupon that is for one customer
    #[arg(long)]
    user_id: Option<String>,
    /// A file with what `/api/coupons/public-keys` answers; without it the keys of this
    /// installation are read
    #[arg(long)]
    keys: Option<PathBuf>,
    /// As of this moment instead of now, like 2026-03-02T09:00:00Z
    #[arg(long, value_parser = moment)]
    at: Option<Timestamp>,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "expected a moment like 2026-03-02T09:00:00Z".to_owned())
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<PublicKey>,
}

impl CouponCommand {
    /// Verifies the coupon and prints what it says.
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let CouponCommand::Verify(verify) = self;
        let keys = match &verify.keys {
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("{} cannot be read", file.display()))?;
                let keys: Keys = serde_json::from_str(&text).context("these are no public keys")?;
                keys.keys
            }
            None => match reach(config).await? {
                Reach::Program(program) => {
                    let path = "/api/coupons/public-keys";
                    let keys: Keys = program.call("GET", path, None).await?;
                    keys.keys
                }
                Reach::Store(direct) => coupon::public_keys(&direct.gate.db).await?,
            },
        };
        let coupon = coupon::verify(&verify.coupon, &keys)?;
        println!("{}", serde_json::to_string(&coupon)?);
        let at = verify.at.unwrap_or_else(|| Clock::system().now());
        coupon.usable(at, verify.user_id.as_deref())?;
        Ok(())
    }
}
