package import Kernel

/// What a policy of an endpoint has compared, as the server describes it.
package struct Rollout: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// `canary`, `ab_test` or `shadow`.
    package var policy: String { text("policy") }
    /// `running`, `promoted`, `rolled_back` or `replaced`.
    package var status: String { text("status") }
    /// Why it ended; empty unless it was rolled back.
    package var reason: String { text("reason") }
    /// When it began.
    package var startedAt: Timestamp? { time("started_at") }
    /// Its variants' names.
    package var variants: [String] { (json.member(["variants"])?.arrayValue ?? []).compactMap(\.stringValue) }

    /// How it stands, in a line.
    package var summary: String {
        switch policy {
        case "canary":
            let share = json.member(["share"])?.doubleValue ?? 0
            let requests = json.member(["current", "requests"])?.integerValue ?? 0
            return
                "canary \(status), \(variants.last ?? "") at \(Self.percent(share)), \(requests) requests in this step"
        case "ab_test":
            let confidence = json.member(["confidence"])?.doubleValue ?? 0
            return "experiment \(status), winner \(text("winner")), confidence \(Self.percent(confidence))"
        case "shadow":
            let rows = json.member(["comparison", "rows"])?.integerValue ?? 0
            let agreement = json.member(["comparison", "agreement"])?.doubleValue
            return "shadow \(status), \(rows) rows, agreement \(agreement.map(Self.percent) ?? "unknown")"
        default: return "\(policy) \(status)"
        }
    }

    private static func percent(_ share: Double) -> String {
        "\((share * 10_000).rounded() / 100) %"
    }
}
