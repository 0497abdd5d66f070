/// How the requests of an endpoint are shared out among its variants, of which the first is the primary.
package enum TrafficPolicy: Sendable, Hashable {
    /// The primary answers everything.
    case single
    /// The second variant gets a growing share, and takes over or goes by itself.
    case canary(CanaryPlan)
    /// The second variant, the treatment, gets a fixed share, which a key holds fast.
    case abTest(ABTest)
    /// The primary answers; the second variant gets copies of this share of the requests, and nobody waits for it.
    case shadow(share: Double)
    /// The primary answers; the second variant stands by to take its place.
    case blueGreen
    /// All variants answer together.
    case ensemble(EnsemblePlan)

    /// The kinds by their names.
    package enum Kind: String, Sendable, CaseIterable {
        case single, canary
        case abTest = "ab_test"
        case shadow
        case blueGreen = "blue_green"
        case ensemble

        /// How many variants a policy of the kind has.
        var variantCounts: ClosedRange<Int> {
            switch self {
            case .single: 1...1
            case .canary, .abTest, .shadow, .blueGreen: 2...2
            case .ensemble: 2...8
            }
        }
    }

    /// Its kind.
    package var kind: Kind {
        switch self {
        case .single: .single
        case .canary: .canary
        case .abTest: .abTest
        case .shadow: .shadow
        case .blueGreen: .blueGreen
        case .ensemble: .ensemble
        }
    }

    /// The share of the requests, in [0, 1], that the variant at `index` of `count` answers now; of an ensemble its
    /// weight in the answer.
    package func share(of index: Int, of count: Int) -> Double {
        switch self {
        case .single, .shadow, .blueGreen: index == 0 ? 1 : 0
        case .canary(let plan): index == 0 ? 1 - plan.share : plan.share
        case .abTest(let test): index == 0 ? 1 - test.treatmentShare : test.treatmentShare
        case .ensemble(let plan): plan.weight(of: index, of: count)
        }
    }
}

/// How the answers of an ensemble become one.
package struct EnsemblePlan: Sendable, Hashable {
    /// The ways.
    package enum Method: String, Sendable, CaseIterable {
        /// Numbers are averaged; a label is the class with the highest average where there is one.
        case mean
        /// A label is what most variants say; numbers are averaged.
        case vote
    }

    /// The way.
    package let method: Method
    /// The variants' weights in their order, more than 0; empty for equal ones.
    package let weights: [Double]

    /// The weight of the variant at `index`, of all together 1.
    func weight(of index: Int, of count: Int) -> Double {
        guard weights.count == count else { return 1 / Double(count) }
        return weights[index] / weights.reduce(0, +)
    }
}

/// Where a request says to whom it belongs, so that the same variant answers each time.
package enum RoutingKey: Sendable, Hashable {
    /// The value of an HTTP header of that name, lower case.
    case header(String)
    /// The value of that name in the body: beside the inputs, in `parameters`, or in the first row.
    case field(String)
}
