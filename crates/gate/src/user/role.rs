//! Roles and what each may do.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a person is here for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the installation: people, keys, everything.
    Administrator,
    /// Makes offers, journeys and messages, and puts them into use.
    Marketer,
    /// Reads everything about customers and results, changes nothing.
    Analyst,
    /// Talks with customers: finds one, sees the offers to make, records the answer.
    Agent,
    /// Reads all definitions, drafts too, and the figures, no personal data.
    Viewer,
}

/// One thing a role may allow. Its word stands as `x-permission` in the OpenAPI document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Figures without personal data: Today, counts of journeys.
    ViewReports,
    /// Offers, journeys and all other definitions, with their history.
    ViewDefinitions,
    /// Search customers, their page and timeline.
    ViewCustomers,
    /// Merge and split customers, correct attributes.
    EditCustomers,
    /// Record what a customer answered to an offer, and what they consent to.
    RecordResponses,
    /// Decisions and why they were made.
    ViewDecisions,
    /// The outbox and the development mailbox.
    ViewMessages,
    /// Offers, offer templates, placements.
    EditOffers,
    /// Contact policies and strategies.
    EditPolicies,
    /// Journeys, message templates, segments.
    EditJourneys,
    /// Put definitions into use and take them out of use.
    Publish,
    /// Sources, live events, quarantine, imports, attributes.
    ViewData,
    /// Ask questions in SQL; answers show personal values.
    QueryData,
    /// Create sources, import, replay quarantine, describe attributes.
    EditData,
    /// The audit log.
    ViewAudit,
    /// Create, change and disable users.
    ManageUsers,
    /// Create and revoke API keys.
    ManageKeys,
    /// Back up, hold and release what goes out.
    ManageSystem,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Permission; 18] = [
        Permission::ViewReports,
        Permission::ViewDefinitions,
        Permission::ViewCustomers,
        Permission::EditCustomers,
        Permission::RecordResponses,
        Permission::ViewDecisions,
        Permission::ViewMessages,
        Permission::EditOffers,
        Permission::EditPolicies,
        Permission::EditJourneys,
        Permission::Publish,
        Permission::ViewData,
        Permission::QueryData,
        Permission::EditData,
        Permission::ViewAudit,
        Permission::ManageUsers,
        Permission::ManageKeys,
        Permission::ManageSystem,
    ];

    /// The word of the permission.
    pub fn word(self) -> &'static str {
        match self {
            Permission::ViewReports => "view_reports",
            Permission::ViewDefinitions => "view_definitions",
            Permission::ViewCustomers => "view_customers",
            Permission::EditCustomers => "edit_customers",
            Permission::RecordResponses => "record_responses",
            Permission::ViewDecisions => "view_decisions",
            Permission::ViewMessages => "view_messages",
            Permission::EditOffers => "edit_offers",
            Permission::EditPolicies => "edit_policies",
            Permission::EditJourneys => "edit_journeys",
            Permission::Publish => "publish",
            Permission::ViewData => "view_data",
            Permission::QueryData => "query_data",
            Permission::EditData => "edit_data",
            Permission::ViewAudit => "view_audit",
            Permission::ManageUsers => "manage_users",
            Permission::ManageKeys => "manage_keys",
            Permission::ManageSystem => "manage_system",
        }
    }
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 5] = [
        Role::Administrator,
        Role::Marketer,
        Role::Analyst,
        Role::Agent,
        Role::Viewer,
    ];

    /// The word of the role.
    pub fn word(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::Marketer => "marketer",
            Role::Analyst => "analyst",
            Role::Agent => "agent",
            Role::Viewer => "viewer",
        }
    }

    /// The role of a word.
    pub fn of_word(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.word() == word)
    }

    /// Whether the role allows it. One line per permission: who reads this sees who may.
    pub fn may(self, permission: Permission) -> bool {
        let (marketer, analyst) = (self == Role::Marketer, self == Role::Analyst);
        let agent = self == Role::Agent;
        self == Role::Administrator
            || match permission {
                Permission::ViewReports | Permission::ViewDefinitions => true,
                Permission::ViewCustomers | Permission::ViewDecisions => {
                    marketer || analyst || agent
                }
                Permission::RecordResponses => marketer || agent,
                Permission::ViewMessages | Permission::ViewData => marketer || analyst,
                Permission::EditCustomers
                | Permission::EditOffers
                | Permission::EditPolicies
                | Permission::EditJourneys
                | Permission::Publish
                | Permission::QueryData
                | Permission::EditData => marketer,
                Permission::ViewAudit
                | Permission::ManageUsers
                | Permission::ManageKeys
                | Permission::ManageSystem => false,
            }
    }

    /// Everything the role allows.
    pub fn permissions(self) -> Vec<Permission> {
        let mut permissions = Permission::ALL.to_vec();
        permissions.retain(|permission| self.may(*permission));
        permissions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_of_roles() {
        let mut matrix = String::new();
        for permission in Permission::ALL {
            let roles = Role::ALL.into_iter().filter(|role| role.may(permission));
            let roles: Vec<&str> = roles.map(Role::word).collect();
            matrix.push_str(&format!("{}: {}\n", permission.word(), roles.join(" ")));
        }
        insta::assert_snapshot!(matrix, @"
        view_reports: administrator marketer analyst agent viewer
        view_definitions: administrator marketer analyst agent viewer
        view_customers: administrator marketer analyst agent
        edit_customers: administrator marketer
        record_responses: administrator marketer agent
        view_decisions: administrator marketer analyst agent
        view_messages: administrator marketer analyst
        edit_offers: administrator marketer
        edit_policies: administrator marketer
        edit_journeys: administrator marketer
        publish: administrator marketer
        view_data: administrator marketer analyst
        query_data: administrator marketer
        edit_data: administrator marketer
        view_audit: administrator
        manage_users: administrator
        manage_keys: administrator
        manage_system: administrator
        ");
    }

    #[test]
    fn words_are_those_of_the_wire() {
        for permission in Permission::ALL {
            let word = serde_json::to_value(permission).unwrap();
            assert_eq!(word, permission.word());
        }
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.word());
            assert_eq!(Role::of_word(role.word()), Some(role));
        }
    }
}
