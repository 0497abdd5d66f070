package import Kernel

/// A policy as callers write it, the server answers it and the database keeps it.
extension TrafficPolicy {
    /// The policy that `object` describes by its member `policy` and those of its kind.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` that names the member and says what would be right.
    package init(_ object: JSONObject) throws {
        let fields = PolicyFields(object: object)
        guard let kind = try fields.choice("policy", Kind.self) else {
            throw fields.wrong("policy", "one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        switch kind {
        case .single: self = .single
        case .canary: self = .canary(try CanaryPlan(fields))
        case .abTest: self = .abTest(try ABTest(fields))
        case .shadow: self = .shadow(share: try fields.number("share", 0.000_001...1) ?? 1)
        case .blueGreen: self = .blueGreen
        case .ensemble: self = .ensemble(try EnsemblePlan(fields))
        }
    }

    /// The policy with all its settings.
    package var json: JSONObject {
        var members: [(String, JSON)] = [("policy", .string(kind.rawValue))]
        switch self {
        case .single, .blueGreen: break
        case .canary(let plan): members += plan.members
        case .abTest(let test): members += test.members
        case .shadow(let share): members.append(("share", .number(share)))
        case .ensemble(let plan):
            members.append(("method", .string(plan.method.rawValue)))
            if !plan.weights.isEmpty { members.append(("weights", .array(plan.weights.map { .number($0) }))) }
        }
        return JSONObject(members)
    }
}

extension EnsemblePlan {
    fileprivate init(_ fields: PolicyFields) throws {
        let weights = try fields.numbers("weights") ?? []
        guard weights.allSatisfy((1e-6...1e6).contains) else {
            throw fields.wrong("weights", "numbers from 0.000001 to 1000000, one a variant")
        }
        self.init(method: try fields.choice("method", Method.self) ?? .mean, weights: weights)
    }
}

extension CanaryPlan {
    fileprivate init(_ fields: PolicyFields) throws {
        self.init()
        if let given = try fields.numbers("steps") {
            let isGrowing = zip(given, given.dropFirst()).allSatisfy(<)
            guard !given.isEmpty, isGrowing, given.allSatisfy({ $0 > 0 && $0 <= 100 }), given != [100] else {
                throw fields.wrong(
                    "steps",
                    "growing shares in percent, above 0 and up to 100, such as [5, 20, 50, 100]"
                )
            }
            steps = given.last == 100 ? given : given + [100]
        }
        step = try fields.integer("step", 0...steps.count - 2) ?? step
        requestsMin = try fields.integer("requests_min", 1...1_000_000_000) ?? requestsMin
        secondsMin = try fields.number("seconds_min", 0...31_536_000) ?? secondsMin
        feedbackMin = try fields.integer("feedback_min", 0...1_000_000_000) ?? feedbackMin
        alpha = try fields.number("alpha", 1e-9...0.5) ?? alpha
        checks = try fields.choices("checks", Check.self) ?? checks
        errorRatioMax = try fields.number("error_ratio_max", 1...1000) ?? errorRatioMax
        latencyRatioMax = try fields.number("latency_ratio_max", 1...1000) ?? latencyRatioMax
        metricLossMax = try fields.number("metric_loss_max", 0...1e300) ?? metricLossMax
        metricDirection = try fields.choice("metric_direction", Direction.self) ?? metricDirection
        isAutomatic = try fields.flag("automatic") ?? isAutomatic
        key = try RoutingKey(fields)
    }

    fileprivate var members: [(String, JSON)] {
        [
            ("steps", .array(steps.map { .number($0) })), ("step", .integer(Int64(step))),
            ("requests_min", .integer(Int64(requestsMin))), ("seconds_min", .number(secondsMin)),
            ("feedback_min", .integer(Int64(feedbackMin))), ("alpha", .number(alpha)),
            ("checks", .array(checks.map { .string($0.rawValue) })), ("error_ratio_max", .number(errorRatioMax)),
            ("latency_ratio_max", .number(latencyRatioMax)), ("metric_loss_max", .number(metricLossMax)),
            ("metric_direction", .string(metricDirection.rawValue)), ("automatic", .boolean(isAutomatic)),
        ] + (key?.members ?? [])
    }
}

extension ABTest {
    fileprivate init(_ fields: PolicyFields) throws {
        guard let name = try fields.text("name"), !name.isEmpty else {
            throw fields.wrong("name", "the experiment's name")
        }
        self.init(name: name)
        description = try fields.text("description") ?? ""
        treatmentShare = try Self.treatmentShare(fields) ?? treatmentShare
        startDate = try fields.time("start_date")
        endDate = try fields.time("end_date")
        if let startDate, let endDate, !(startDate < endDate) { throw fields.wrong("end_date", "after the start date") }
        status = try fields.choice("status", Status.self) ?? status
        successMetrics = try fields.choices("success_metrics", Metric.self) ?? successMetrics
        alpha = try fields.number("alpha", 1e-9...0.5) ?? alpha
        createdBy = try fields.text("created_by") ?? ""
        key = try RoutingKey(fields) ?? key
    }

    /// `{"control": 80, "treatment": 20}`, percent or any other numbers in that relation.
    private static func treatmentShare(_ fields: PolicyFields) throws -> Double? {
        guard let split = fields.value("traffic_split") else { return nil }
        let parts = PolicyFields(object: split.objectValue ?? JSONObject())
        guard split.objectValue != nil, let control = try parts.number("control", 0...1e9),
            let treatment = try parts.number("treatment", 0...1e9), control > 0, treatment > 0
        else { throw fields.wrong("traffic_split", "{\"control\": …, \"treatment\": …}, both above 0") }
        let share = treatment / (control + treatment)
        guard min(share, 1 - share) > 0.5e-6 else {
            throw fields.wrong("traffic_split", "two shares of at least a millionth")
        }
        // What is written down must be read again, though it was rounded.
        return min(max(share, 1e-6), 1 - 1e-6)
    }

    fileprivate var members: [(String, JSON)] {
        let split: JSON = [
            "control": .number((1 - treatmentShare) * 100), "treatment": .number(treatmentShare * 100),
        ]
        return [
            ("name", .string(name)), ("description", .string(description)), ("traffic_split", split),
            ("start_date", startDate.map { .integer($0.milliseconds) } ?? .null),
            ("end_date", endDate.map { .integer($0.milliseconds) } ?? .null), ("status", .string(status.rawValue)),
            ("success_metrics", .array(successMetrics.map { .string($0.rawValue) })), ("alpha", .number(alpha)),
            ("created_by", .string(createdBy)),
        ] + key.members
    }
}

extension RoutingKey {
    /// `{"key": {"header": …}}` or `{"key": {"field": …}}`; nil when absent.
    fileprivate init?(_ fields: PolicyFields) throws {
        guard let key = fields.value("key") else { return nil }
        let parts = PolicyFields(object: key.objectValue ?? JSONObject())
        switch (try parts.text("header"), try parts.text("field")) {
        case (let header?, nil) where !header.isEmpty: self = .header(header.lowercased())
        case (nil, let field?) where !field.isEmpty: self = .field(field)
        default: throw fields.wrong("key", "{\"header\": NAME} or {\"field\": NAME}")
        }
    }

    fileprivate var members: [(String, JSON)] {
        switch self {
        case .header(let name): [("key", ["header": .string(name)])]
        case .field(let name): [("key", ["field": .string(name)])]
        }
    }
}
