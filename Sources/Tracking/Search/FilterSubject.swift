import Kernel

/// What a condition or an order is about: what stands before the dot of its name.
package enum FilterSubject: String, Sendable {
    case metric
    case param = "parameter"
    case tag
    case attribute
    case dataset
}

/// Which subjects a search knows, by their spellings.
package struct FilterSubjects: Sendable {
    private let spellings: [String: FilterSubject]
    /// The end of the message about another one, in MLflow's words.
    private let known: String

    private init(_ spellings: [String: FilterSubject], known: String) {
        self.spellings = spellings
        self.known = known
    }

    /// What runs are searched by.
    package static let ofRuns = FilterSubjects(
        [
            "metric": .metric, "metrics": .metric,
            "param": .param, "params": .param, "parameter": .param, "parameters": .param,
            "tag": .tag, "tags": .tag,
            "attribute": .attribute, "attributes": .attribute, "attr": .attribute, "run": .attribute,
            "dataset": .dataset, "datasets": .dataset,
        ],
        known: "Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']"
    )

    /// What experiments, registered models and versions are searched by.
    package static let ofNamed = FilterSubjects(
        ["attribute": .attribute, "attributes": .attribute, "tag": .tag, "tags": .tag],
        known: "Valid entity types are ('attribute', 'tag', 'tags')"
    )

    /// What `entity` stands for; without one it is an attribute.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    package func subject(_ entity: String?) throws -> FilterSubject {
        guard let entity else { return .attribute }
        guard let subject = spellings[entity] else {
            throw MartletError(.invalidParameterValue, "Invalid entity type '\(entity.prefix(200))'. \(known)")
        }
        return subject
    }
}
