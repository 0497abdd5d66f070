import Kernel

/// An experiment as callers write it, the server answers it and the database keeps it.
extension ABTest {
    /// The experiment that `fields` describe.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` that names the member and says what would be right.
    init(_ fields: PolicyFields) throws {
        guard let name = try fields.text("name"), !name.isEmpty else {
            throw fields.wrong("name", "the experiment's name")
        }
        self.init(name: name)
        description = try fields.text("description") ?? ""
        control = try Arm(fields, "control_model")
        treatment = try Arm(fields, "treatment_model")
        split = try Split(fields) ?? split
        startDate = try fields.time("start_date")
        endDate = try fields.time("end_date")
        if let startDate, let endDate, !(startDate < endDate) { throw fields.wrong("end_date", "after the start date") }
        status = try fields.choice("status", Status.self) ?? status
        successMetrics = try fields.choices("success_metrics", Metric.self) ?? successMetrics
        alpha = try fields.number("alpha", 1e-9...0.5) ?? alpha
        createdBy = try fields.text("created_by") ?? ""
        key = try RoutingKey(fields) ?? key
    }

    /// Its members, without the policy's name.
    var members: [(String, JSON)] {
        [
            ("name", .string(name)), ("description", .string(description)), ("control_model", control.json),
            ("treatment_model", treatment.json),
            ("traffic_split", ["control": .number(split.control), "treatment": .number(split.treatment)]),
            ("start_date", Self.text(of: startDate)), ("end_date", Self.text(of: endDate)),
            ("status", .string(status.rawValue)),
            ("success_metrics", .array(successMetrics.map { .string($0.rawValue) })), ("alpha", .number(alpha)),
            ("created_by", .string(createdBy)),
        ] + key.members
    }

    private static func text(of time: Timestamp?) -> JSON { time.map { .string($0.iso8601Zulu) } ?? .null }
}

extension ABTest.Arm {
    /// The variant that the member `name` tells of; with nothing said where it is absent.
    fileprivate init(_ fields: PolicyFields, _ name: String) throws {
        guard let value = fields.value(name) else {
            self.init()
            return
        }
        guard let object = value.objectValue else {
            throw fields.wrong(name, "{\"model_id\": NAME, \"version\": VERSION}")
        }
        let parts = PolicyFields(object: object)
        self.init(
            name: try parts.text("name"),
            modelID: try parts.text("model_name") ?? parts.text("model_id"),
            version: try parts.value("version")?.integerValue.map { String($0) } ?? parts.text("version")
        )
    }

    fileprivate var json: JSON {
        let members = [("name", name), ("model_id", modelID), ("version", version)]
        return .object(JSONObject(members.compactMap { name, text in text.map { (name, .string($0)) } }))
    }
}

extension ABTest.Split {
    /// `{"control": 80, "treatment": 20}`, percent or any other numbers in that relation; nil when absent.
    fileprivate init?(_ fields: PolicyFields) throws {
        guard let split = fields.value("traffic_split") else { return nil }
        let parts = PolicyFields(object: split.objectValue ?? JSONObject())
        guard split.objectValue != nil, let control = try parts.number("control", 0...1e9),
            let treatment = try parts.number("treatment", 0...1e9), control > 0, treatment > 0
        else { throw fields.wrong("traffic_split", "{\"control\": …, \"treatment\": …}, both above 0") }
        guard min(control, treatment) / (control + treatment) > 0.5e-6 else {
            throw fields.wrong("traffic_split", "two shares of at least a millionth")
        }
        self.init(control: control, treatment: treatment)
    }
}
