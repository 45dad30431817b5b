//! Channels: the kinds of paths to customers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A kind of path to customers.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Sites and apps.
    Web,
    /// E-mail.
    Email,
    /// Text messages.
    Sms,
    /// Notifications of an app.
    Push,
    /// Service calls.
    CallCenter,
    /// Tills and kiosks.
    PointOfSale,
    /// Letters.
    DirectMail,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Channel; 7] = [
        Channel::Web,
        Channel::Email,
        Channel::Sms,
        Channel::Push,
        Channel::CallCenter,
        Channel::PointOfSale,
        Channel::DirectMail,
    ];

    /// Its word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Channel::Web => "web",
            Channel::Email => "email",
            Channel::Sms => "sms",
            Channel::Push => "push",
            Channel::CallCenter => "call_center",
            Channel::PointOfSale => "point_of_sale",
            Channel::DirectMail => "direct_mail",
        }
    }

    /// The channel of a word.
    pub fn of_word(word: &str) -> Option<Channel> {
        Channel::ALL
            .into_iter()
            .find(|channel| channel.word() == word)
    }

    /// Whether we go to the customer, who has to wait for nothing and must have agreed.
    pub fn outbound(self) -> bool {
        match self {
            Channel::Email | Channel::Sms | Channel::Push | Channel::DirectMail => true,
            Channel::Web | Channel::CallCenter | Channel::PointOfSale => false,
        }
    }

    /// Whether marketing needs a granted consent; elsewhere it needs that nobody objected.
    pub fn asks_first(self) -> bool {
        match self {
            Channel::Email | Channel::Sms | Channel::Push => true,
            Channel::Web | Channel::CallCenter | Channel::PointOfSale | Channel::DirectMail => {
                false
            }
        }
    }
}

impl std::fmt::Display for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

#[test]
fn words_are_those_of_the_wire() {
    for channel in Channel::ALL {
        assert_eq!(serde_json::to_value(channel).unwrap(), channel.word());
        assert_eq!(Channel::of_word(channel.word()), Some(channel));
    }
}
