package import Kernel

extension Contract {
    /// The contract that `object` spells: `{"inputs": {COLUMN: {"min", "max", "allowed", "nullable"}},
    /// "outputs": {OUTPUT: {"min", "max", "finite", "sums_to_one", "action"}}}`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` that names what is wrong, members that are not known among it: a rule that is
    ///   not read is a rule that is not kept.
    package init(_ object: JSONObject) throws {
        try Self.check(object, ["inputs", "outputs"], of: "The contract")
        inputs = try Self.rules(object, "inputs").map { name, fields in
            try Self.located("inputs, column", name) { try InputRule(name, fields) }
        }
        outputs = try Self.rules(object, "outputs").map { name, fields in
            try Self.located("outputs, output", name) { try OutputRule(name, fields) }
        }
        guard !inputs.isEmpty || !outputs.isEmpty else {
            throw MartletError(
                .invalidParameterValue,
                "The contract must have a rule in \"inputs\" or \"outputs\"; DELETE takes a contract away"
            )
        }
    }

    /// The contract as ``init(_:)`` reads it.
    package var json: JSONObject {
        [
            "inputs": .object(JSONObject(inputs.map { ($0.name, .object($0.json)) })),
            "outputs": .object(JSONObject(outputs.map { ($0.name, .object($0.json)) })),
        ]
    }

    private static func rules(_ object: JSONObject, _ side: String) throws -> [(String, PolicyFields)] {
        guard let value = object[side], value != .null else { return [] }
        guard let rules = value.objectValue, rules.members.count <= rulesMax else {
            throw MartletError(
                .invalidParameterValue,
                "\"\(side)\" must be an object by name with at most \(rulesMax) members"
            )
        }
        guard Set(rules.members.map { Array($0.name.utf8) }).count == rules.members.count else {
            throw MartletError(.invalidParameterValue, "\"\(side)\" must have each name once")
        }
        return try rules.members.map { member in
            guard let rule = member.value.objectValue else {
                throw MartletError(
                    .invalidParameterValue,
                    "\(side), \"\(member.name.prefix(200))\": must be an object, found \(member.value.kind)"
                )
            }
            return (member.name, PolicyFields(object: rule))
        }
    }

    private static func located<Rule>(_ side: String, _ name: String, _ body: () throws -> Rule) throws -> Rule {
        do {
            return try body()
        } catch let error as MartletError {
            throw MartletError(error.code, "\(side) \"\(name.prefix(200))\": \(error.message)")
        }
    }

    /// Refuses members of `object` that are not `known`.
    fileprivate static func check(_ object: JSONObject, _ known: [String], of subject: String) throws {
        guard let stranger = object.members.first(where: { !known.contains($0.name) }) else { return }
        throw MartletError(
            .invalidParameterValue,
            "\(subject) has no member \"\(stranger.name.prefix(100))\"; it has \(known.joined(separator: ", "))"
        )
    }
}

extension Contract.InputRule {
    private static let members = ["min", "max", "allowed", "nullable"]

    fileprivate init(_ name: String, _ fields: PolicyFields) throws {
        try Contract.check(fields.object, Self.members, of: "A rule of inputs")
        self.name = name
        (minimum, maximum) = try fields.range()
        isNullable = try fields.flag("nullable") ?? true
        allowed = try fields.allowed()
        guard minimum != nil || maximum != nil || allowed != nil || !isNullable else {
            throw MartletError(.invalidParameterValue, "there must be one of \(Self.members.joined(separator: ", "))")
        }
    }

    fileprivate var json: JSONObject {
        var json = JSONObject()
        if let minimum { json["min"] = .number(minimum) }
        if let maximum { json["max"] = .number(maximum) }
        if let allowed { json["allowed"] = .array(allowed) }
        json["nullable"] = .boolean(isNullable)
        return json
    }
}

extension Contract.OutputRule {
    private static let members = ["min", "max", "finite", "sums_to_one", "action"]

    fileprivate init(_ name: String, _ fields: PolicyFields) throws {
        try Contract.check(fields.object, Self.members, of: "A rule of outputs")
        self.name = name
        (minimum, maximum) = try fields.range()
        isFinite = try fields.flag("finite") ?? false
        if case .boolean(let isOn)? = fields.value("sums_to_one") {
            sumTolerance = isOn ? Contract.sumToleranceUsual : nil
        } else {
            sumTolerance = try fields.number("sums_to_one", 0...1)
        }
        action = try fields.choice("action", Contract.Action.self) ?? .refuse
        guard minimum != nil || maximum != nil || isFinite || sumTolerance != nil else {
            let rules = Self.members.dropLast().joined(separator: ", ")
            throw MartletError(.invalidParameterValue, "there must be one of \(rules)")
        }
    }

    fileprivate var json: JSONObject {
        var json = JSONObject()
        if let minimum { json["min"] = .number(minimum) }
        if let maximum { json["max"] = .number(maximum) }
        json["finite"] = .boolean(isFinite)
        if let sumTolerance { json["sums_to_one"] = .number(sumTolerance) }
        json["action"] = .string(action.rawValue)
        return json
    }
}

extension PolicyFields {
    /// `min` and `max`, in this order.
    fileprivate func range() throws -> (Double?, Double?) {
        let all = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        let minimum = try number("min", all)
        let maximum = try number("max", all)
        if let minimum, let maximum, minimum > maximum { throw wrong("max", "at least \"min\"") }
        return (minimum, maximum)
    }

    /// `allowed`: values of one kind.
    fileprivate func allowed() throws -> [JSON]? {
        guard let value = value("allowed") else { return nil }
        guard let values = value.arrayValue, (1...Contract.rulesMax).contains(values.count),
            Set(values.map(\.kind)).count == 1, ["number", "string", "boolean"].contains(values[0].kind)
        else {
            throw wrong("allowed", "a list of 1 to \(Contract.rulesMax) numbers, or as many texts or truth values")
        }
        return values
    }
}
