package import Kernel

/// What a person, a program or a judge says of a trace.
package struct Assessment: Sendable, Equatable {
    /// Who says it.
    package struct Source: Sendable, Equatable {
        /// What it is.
        package let kind: SourceKind
        /// Its name.
        package let id: String?

        /// The source `id`.
        package init(_ kind: SourceKind, id: String?) {
            self.kind = kind
            self.id = id
        }
    }

    /// What says it.
    package enum SourceKind: String, Sendable, CaseIterable {
        case unspecified = "SOURCE_TYPE_UNSPECIFIED"
        case human = "HUMAN"
        case judge = "LLM_JUDGE"
        case code = "CODE"
    }

    /// What kind of thing is said.
    package enum Kind: String, Sendable, CaseIterable {
        /// How good something was.
        case feedback
        /// What would have been right.
        case expectation
        /// Which fault it shows.
        case issue
    }

    /// What is said, as the client wrote it: an object whose fields depend on the kind.
    package struct Statement: Sendable, Equatable {
        /// What kind of thing it is.
        package let kind: Kind
        /// Its fields.
        package let fields: JSON

        /// A statement.
        package init(_ kind: Kind, _ fields: JSON) {
            self.kind = kind
            self.fields = fields
        }
    }

    /// Its name for machines; nil until it is kept.
    package var id: String?
    /// What is judged.
    package var name: String
    /// What is said.
    package var statement: Statement
    /// Who says it.
    package var source: Source
    /// Why.
    package var rationale: String?
    /// What was noted with it; as kept, in the order that it was given.
    package var metadata: [Tag] = []
    /// The span that is meant; nil for the whole trace.
    package var spanID: String?
    /// When it was said; nil until it is kept, and then that moment.
    package var createdAt: Timestamp?
    /// When it was changed last; nil until it is kept, and then that moment.
    package var updatedAt: Timestamp?
    /// The assessment of the same trace in whose place it stands.
    package var overrides: String?
    /// Whether none stands in its place.
    package var isValid = true

    /// The assessment `name`.
    package init(_ name: String, _ statement: Statement, by source: Source) {
        self.name = name
        self.statement = statement
        self.source = source
    }
}

/// What is to be another in an assessment; what is nil stays.
package struct AssessmentChange: Sendable {
    /// Another name.
    package var name: String?
    /// Something else that is said, of the same kind.
    package var statement: Assessment.Statement?
    /// Another reason.
    package var rationale: String?
    /// What is noted in addition, or anew under the same keys.
    package var metadata: [Tag] = []

    /// No change yet.
    package init() {}
}
