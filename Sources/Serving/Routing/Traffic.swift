import Kernel

/// How a served endpoint chooses who answers a request.
enum Traffic: Sendable {
    /// The primary, always.
    case whole
    /// The second variant for a share of the requests, else the primary.
    case split(Split)
    /// The primary; the second variant sees copies of a share.
    case copied(share: Double)
    /// All variants together.
    case joined(EnsemblePlan)

    /// Two parts of the requests.
    struct Split: Sendable {
        /// The second variant's share, in [0, 1].
        let share: Double
        /// What holds a caller to one part; nil for chance alone.
        let key: RoutingKey?
        /// What the place of a key depends on beside the key.
        let experiment: String
        /// When there are two parts; nil for always.
        let test: ABTest?
    }

    /// What `policy` asks for.
    init(_ policy: TrafficPolicy) {
        switch policy {
        case .single, .blueGreen: self = .whole
        case .canary(let plan):
            self = .split(Split(share: plan.share, key: plan.key, experiment: "canary", test: nil))
        case .abTest(let test):
            self = .split(
                Split(share: test.treatmentShare, key: test.key, experiment: test.name, test: test)
            )
        case .shadow(let share): self = .copied(share: share)
        case .ensemble(let plan): self = .joined(plan)
        }
    }
}

/// Who answers a request, and whether chance or a key has said so.
struct Choice {
    let variant: ServedVariant
    /// Whether the variant was drawn, so that its answer is evidence of what the policy compares.
    let isDrawn: Bool
}

extension ServedEndpoint {
    /// Who answers a request that comes at `time`; `position` is where it falls in [0, 1).
    ///
    /// A variant without a model gets nothing: its share is the primary's.
    func choice(at time: Timestamp, position: (Traffic.Split) -> Double) -> Choice {
        guard case .split(let split) = traffic else {
            // What a canary's stable variant answers after the canary was halted is compared with nothing.
            if case .whole = traffic, rollout != nil { return Choice(variant: primary, isDrawn: false) }
            return Choice(variant: primary, isDrawn: true)
        }
        if let test = split.test, !test.isRunning(at: time) { return Choice(variant: primary, isDrawn: false) }
        guard variants.count > 1, variants[1].model != nil else { return Choice(variant: primary, isDrawn: false) }
        return Choice(variant: position(split) < split.share ? variants[1] : primary, isDrawn: true)
    }
}
