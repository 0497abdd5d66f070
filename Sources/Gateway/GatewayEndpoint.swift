package import Kernel
package import Tracking

/// A name under which models answer: some share the requests, others are asked when those fail.
package struct GatewayEndpoint: Sendable {
    /// How requests are shared.
    package enum Routing: String, Sendable, CaseIterable {
        case trafficSplit = "REQUEST_BASED_TRAFFIC_SPLIT"
    }

    /// What is done when a model does not answer.
    package struct Fallback: Sendable, Hashable {
        /// In which way others are asked.
        package enum Strategy: String, Sendable, CaseIterable {
            case sequential = "SEQUENTIAL"
        }

        /// The way; nil when nobody said.
        package var strategy: Strategy?
        /// How many others are asked at most; nil for all.
        package var attemptsMax: Int64?

        /// One of which nothing is said.
        package init(strategy: Strategy? = nil, attemptsMax: Int64? = nil) {
            self.strategy = strategy
            self.attemptsMax = attemptsMax
        }
    }

    /// Its id: `e-` and 32 hexadecimal characters.
    package let id: String
    /// Its name, unique.
    package var name: String
    /// Its models, in the order in which they were attached.
    package internal(set) var links: [GatewayLink] = []
    /// Its tags in the order of their keys.
    package internal(set) var tags: [Tracking.Tag] = []
    /// How requests are shared; nil when nobody said.
    package var routing: Routing?
    /// What is done when a model does not answer; nil where nothing is.
    package var fallback: Fallback?
    /// The experiment of what it was asked; nil for none, and when that was removed for good.
    package var experimentID: ExperimentID?
    /// Whether what it was asked is to be kept.
    package var tracksUsage: Bool
    /// Who made it and who changed it last, and when.
    package var history: GatewayHistory
}

/// A model's part in an endpoint.
package struct GatewayLink: Sendable {
    /// Whether the model shares the requests, or is asked when those fail that do.
    package enum Kind: String, Sendable, CaseIterable {
        case primary = "PRIMARY"
        case fallback = "FALLBACK"
    }

    /// Its id: `m-` and 32 hexadecimal characters.
    package let id: String
    /// The endpoint.
    package let endpointID: String
    /// The model.
    package let model: GatewayModel
    /// The model's part.
    package let kind: Kind
    /// The share of requests, in relation to the other weights.
    package let weight: Double
    /// The place among the models that are asked when others fail, from 0; nil when nobody said.
    package let fallbackOrder: Int64?
    /// When it was attached.
    package let createdAt: Timestamp
    /// Who attached it, as the client said.
    package let createdBy: String?
}

/// A model to be attached to an endpoint.
package struct NewGatewayLink: Sendable {
    /// The model definition's id.
    package var modelID: String
    /// The model's part.
    package var kind: GatewayLink.Kind
    /// The share of requests.
    package var weight = 1.0
    /// The place among the models that are asked when others fail.
    package var fallbackOrder: Int64?

    /// A model of weight 1.
    package init(modelID: String, kind: GatewayLink.Kind) {
        self.modelID = modelID
        self.kind = kind
    }
}

/// An endpoint to be made, and what shall become other in one: nil leaves a thing as it is.
package struct GatewayEndpointChange: Sendable {
    /// The name; must be there for a new one.
    package var name: String?
    /// All models, in place of those there were; must be there for a new one.
    package var links: [NewGatewayLink]?
    /// How requests are shared.
    package var routing: GatewayEndpoint.Routing?
    /// What is done when a model does not answer.
    package var fallback: GatewayEndpoint.Fallback?
    /// The experiment of what it was asked; nil for one of its own where usage is tracked.
    package var experimentID: ExperimentID?
    /// Whether what it was asked is to be kept; a new one's is unless this says otherwise.
    package var tracksUsage: Bool?
    /// Who makes or changes it, as the client says.
    package var user: String?

    /// Nothing.
    package init() {}
}

/// What uses an endpoint.
package struct GatewayBinding: Sendable {
    /// The kinds of things that use endpoints.
    package enum Resource: String, Sendable, CaseIterable {
        case scorer
    }

    /// The endpoint.
    package let endpointID: String
    /// The kind of thing that uses it.
    package let resource: Resource
    /// Which one.
    package let resourceID: String
    /// Its name for people; nil when nobody said.
    package let displayName: String?
    /// Who noted it, and when.
    package let history: GatewayHistory
}
