package import Kernel

/// Who does something: a user's name, `local` for a caller on loopback without a token.
package struct Actor: Hashable, Sendable {
    /// The name.
    package let name: String

    /// The one who is called `name`.
    package init(name: String) {
        self.name = name
    }

    /// A caller on loopback without a token.
    package static let local = Actor(name: "local")
    /// A caller from elsewhere without a token.
    package static let anonymous = Actor(name: "anonymous")
    /// The server itself, at work in the background.
    package static let server = Actor(name: "martlet")
}

/// What an activity or a lineage edge is about.
package struct Subject: Hashable, Sendable {
    /// The kind: `experiment`, `run`, `registered_model`, `model_version`, `endpoint`, `alert`, …
    package let kind: String
    /// The id within its kind; a model version is `name/version`.
    package let id: String

    /// The `id` among the things of `kind`.
    package init(_ kind: String, _ id: String) {
        self.kind = kind
        self.id = id
    }
}

/// Who did what to which subject, before it has its place in the chain.
package struct NewActivity: Sendable {
    let actor: Actor
    let action: String
    let subject: Subject
    let details: JSONObject
    let topics: [String]

    /// `actor` did `action` (`model_version.transitioned`) to `subject`.
    ///
    /// The details are facts for a reader, never secrets, features or predictions. The topics are what a page must
    /// watch to be told: `experiments`, `run:ID`, `models`, `endpoints`, `alerts`, ….
    package init(
        _ actor: Actor,
        _ action: String,
        _ subject: Subject,
        details: JSONObject = JSONObject(),
        topics: [String]
    ) {
        self.actor = actor
        self.action = action
        self.subject = subject
        self.details = details
        self.topics = topics
    }
}

/// Who did what to which subject, when: one link of the chain.
package struct Activity: Sendable {
    /// Its place in the chain, from 1, without gaps.
    package let sequence: Int64
    /// When it was committed.
    package let at: Timestamp
    /// Who did it.
    package let actor: Actor
    /// What was done: `model_version.transitioned`.
    package let action: String
    /// To what.
    package let subject: Subject
    /// Facts for a reader.
    package let details: JSONObject
    /// What a page must watch to be told.
    package let topics: [String]
    /// SHA-256 (64 hexadecimal characters) over the link before and this one's content.
    package let hash: String
}
