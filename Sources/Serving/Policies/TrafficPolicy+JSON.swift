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

extension RoutingKey {
    /// `{"key": {"header": …}}` or `{"key": {"field": …}}`; nil when absent.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    init?(_ fields: PolicyFields) throws {
        guard let key = fields.value("key") else { return nil }
        let parts = PolicyFields(object: key.objectValue ?? JSONObject())
        switch (try parts.text("header"), try parts.text("field")) {
        case (let header?, nil) where !header.isEmpty: self = .header(header.lowercased())
        case (nil, let field?) where !field.isEmpty: self = .field(field)
        default: throw fields.wrong("key", "{\"header\": NAME} or {\"field\": NAME}")
        }
    }

    /// The member `key`.
    var members: [(String, JSON)] {
        switch self {
        case .header(let name): [("key", ["header": .string(name)])]
        case .field(let name): [("key", ["field": .string(name)])]
        }
    }
}
