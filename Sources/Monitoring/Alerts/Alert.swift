package import Kernel

/// Something about a served model that a person should look at.
package struct Alert: Sendable, Hashable {
    /// What it is about.
    package enum Kind: String, Sendable, CaseIterable {
        case drift = "DRIFT"
        case performance = "PERFORMANCE"
        case error = "ERROR"
        case warning = "WARNING"
    }

    /// How grave it is.
    package enum Severity: String, Sendable, CaseIterable {
        case warning, critical
    }

    /// Whether somebody has seen it.
    package enum State: String, Sendable, CaseIterable {
        case open, acknowledged
    }

    /// The longest note, in characters.
    package static let noteCharactersMax = 2_000
    /// How long an acknowledged alert takes in what recurs, from when it was last seen or acknowledged: one hour.
    static let cooldownMilliseconds: Int64 = 3_600_000

    /// Its id; sorts by the time of its opening.
    package let id: String
    /// What it is about.
    package let kind: Kind
    /// How grave it is.
    package let severity: Severity
    /// Whether somebody has seen it.
    package let state: State
    /// The endpoint.
    package let endpoint: String
    /// The registered model's name.
    package let modelName: String
    /// The version's number.
    package let modelVersion: Int
    /// What was found when it was last seen.
    package let finding: AlertFinding
    /// When it was first seen.
    package let openedAt: Timestamp
    /// When it was last seen.
    package let lastSeenAt: Timestamp
    /// How often it was seen.
    package let count: Int
    /// Who acknowledged it, when, with what note.
    package let acknowledgement: Acknowledgement?

    /// Whether what is found now belongs to this alert: it is open, or acknowledged and still within the cooldown.
    func takesIn(findingAt now: Timestamp) -> Bool {
        guard let acknowledgement else { return true }
        let latest = max(lastSeenAt, acknowledgement.at)
        return now.milliseconds - latest.milliseconds <= Self.cooldownMilliseconds
    }
}

/// What an alert says was found.
package struct AlertFinding: Sendable, Hashable {
    /// The column; nil when it is about the whole model.
    package let feature: String?
    /// The method that found it.
    package let method: String?
    /// The statistic's value.
    package let value: Double?
    /// What it was held against.
    package let threshold: Double?
    /// For a person.
    package let message: String
    /// The report that has the details.
    package let reportID: String?
}

/// Somebody's word that an alert was seen.
package struct Acknowledgement: Sendable, Hashable {
    /// When.
    package let at: Timestamp
    /// By whom.
    package let by: String
    /// What they said.
    package let note: String?
}

/// What raises an alert, or is taken in by one that is there.
struct NewAlert: Sendable {
    let kind: Alert.Kind
    let severity: Alert.Severity
    let endpoint: String
    let version: MonitoredVersion
    let finding: AlertFinding

    /// The same for findings that belong to one alert: SHA-256 of endpoint, version, kind and feature.
    var fingerprint: String {
        let parts: [JSON] = [
            .string(endpoint), .string(version.modelName), .integer(Int64(version.number)), .string(kind.rawValue),
            finding.feature.map { .string($0) } ?? .null,
        ]
        return ContentDigest(of: JSON.array(parts).canonicalText.utf8).hexadecimal
    }

    /// What a column of a report raises: DRIFT for an alert, WARNING for a warning, nothing otherwise.
    init?(_ column: DriftColumn, in report: DriftReport, of version: MonitoredVersion) {
        guard column.verdict != .none, let statistic = column.leading else { return nil }
        let isAlert = column.verdict == .alert
        let thresholds = statistic.method.thresholds
        let threshold = isAlert ? thresholds.alert : thresholds.warning
        kind = isAlert ? .drift : .warning
        severity = isAlert ? .critical : .warning
        endpoint = report.endpoint
        self.version = version
        finding = AlertFinding(
            feature: column.name,
            method: statistic.method.rawValue,
            value: statistic.value,
            threshold: threshold,
            message: "\(statistic.method.phrase) of '\(column.name)' is \(Self.short(statistic.value)), "
                + "at or above \(Self.short(threshold))",
            reportID: report.id
        )
    }

    /// At most four digits after the point.
    private static func short(_ value: Double) -> String {
        guard abs(value) < 1e12 else { return value.description }
        return ((value * 10_000).rounded() / 10_000).description
    }
}

extension DriftMethod {
    /// The statistic's name within a sentence's beginning.
    fileprivate var phrase: String {
        switch self {
        case .populationStability: "The population stability index"
        case .kolmogorovSmirnov: "The Kolmogorov-Smirnov statistic"
        case .jensenShannon: "The Jensen-Shannon distance"
        case .missingShare: "The growth of the share of missing values"
        }
    }
}
