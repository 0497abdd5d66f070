import Kernel

/// What an endpoint served before, to be gone back to step by step.
///
/// A step is a policy by which all requests were answered: what a canary, an experiment or a shadow tried is none until it
/// has taken over, and what one goes back from is none either.
struct EndpointHistory: Sendable {
    /// The steps that are kept; the oldest are forgotten.
    static let stepsMax = 20

    /// The steps, newest first, no two in a row with the same answers.
    let steps: [Endpoint]

    /// A history of `steps`, newest first.
    init(_ steps: [Endpoint] = []) { self.steps = steps }

    /// The history when `next` comes in the place of `old`, whose history this is.
    ///
    /// While something is tried, what was served before it is the newest step.
    func following(_ old: Endpoint, by next: Endpoint) -> EndpointHistory {
        if old.policy.isTrial, next.policy.isTrial, old.primary.identity == next.primary.identity { return self }
        var steps = steps
        let settled = old.settled
        if steps.first?.answersLike(settled) != true { steps.insert(settled, at: 0) }
        if !next.policy.isTrial, let newest = steps.first, newest.answersLike(next) { steps.removeFirst() }
        return EndpointHistory(Array(steps.prefix(Self.stepsMax)))
    }

    /// Where one comes who goes back from `present`: to the newest step whose answering versions are all among `there`
    /// and that answers otherwise; nil when there is none.
    func wayBack(from present: Endpoint, _ there: Set<Variant.Identity>) -> WayBack? {
        for (index, step) in steps.enumerated() where present.policy.isTrial || !step.answersLike(present) {
            guard let left = step.left(among: there) else { continue }
            return WayBack(
                endpoint: left,
                history: EndpointHistory(Array(steps[(index + 1)...])),
                skipped: EndpointHistory(Array(steps[..<index])).gone(among: there)
            )
        }
        return nil
    }

    /// The steps that nobody can go back to, for a version that answered in them is not among `there`.
    func gone(among there: Set<Variant.Identity>) -> [Endpoint] { steps.filter { $0.left(among: there) == nil } }

    /// The variants of all steps.
    var identities: Set<Variant.Identity> { Set(steps.flatMap(\.variants).map(\.identity)) }

    /// The variants of the step that going back from `present` comes to, or comes to next where it needs no other models.
    func wanted(beside present: [Variant]) -> Set<Variant.Identity> {
        let present = Set(present.map(\.identity))
        let next = steps.first { !present.isSuperset(of: $0.variants.map(\.identity)) }
        return Set((next?.variants ?? []).map(\.identity))
    }
}

/// A step back.
struct WayBack: Sendable {
    /// What was served.
    let endpoint: Endpoint
    /// What had been served before that.
    let history: EndpointHistory
    /// Newer steps that nobody can go back to any more, newest first.
    let skipped: [Endpoint]
}

extension Endpoint {
    /// What is left of it once nothing is tried any more: itself, or its primary alone.
    fileprivate var settled: Endpoint {
        policy.isTrial ? primaryAlone : self
    }

    private var primaryAlone: Endpoint {
        Endpoint(name: name, policyVersion: policyVersion, policy: .single, variants: [primary])
    }

    /// It without what stands by; nil where nothing does.
    var withoutStandBy: Endpoint? { policy == .blueGreen ? primaryAlone : nil }

    /// What is left of it where no other variants are left than `there`; nil when one that answers is gone.
    fileprivate func left(among there: Set<Variant.Identity>) -> Endpoint? {
        if variants.allSatisfy({ there.contains($0.identity) }) { return self }
        return there.contains(primary.identity) ? withoutStandBy : nil
    }

    /// Whether each request would get the same answer from `other`. What stands by answers nothing.
    fileprivate func answersLike(_ other: Endpoint) -> Bool {
        answering == other.answering && (answering.count == 1 || policy == other.policy)
    }

    private var answering: [Variant.Identity] {
        switch policy {
        case .single, .blueGreen, .shadow: [primary.identity]
        case .canary, .abTest, .ensemble: variants.map(\.identity)
        }
    }
}

extension TrafficPolicy {
    /// Whether it tries a variant that all requests are not given to yet.
    var isTrial: Bool {
        switch self {
        case .canary, .abTest, .shadow: true
        case .single, .blueGreen, .ensemble: false
        }
    }
}
