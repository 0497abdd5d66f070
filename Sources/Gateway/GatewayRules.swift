import Kernel

/// What secrets, models and endpoints may be, by MLflow's rules where it has any.
enum GatewayRules {
    /// Secrets, models and endpoints, of each.
    static let countMax = 1000
    /// Models of one endpoint.
    static let linksMax = 100
    /// Tags of one endpoint.
    static let tagsMax = 100
    /// Uses of all endpoints.
    static let bindingsMax = 10_000
    private static let nameMax = 255
    private static let providerMax = 64
    private static let modelNameMax = 256
    private static let valuesMax = 32
    private static let valueBytesMax = 16 << 10
    private static let tagKeyMax = 250
    private static let tagValueMax = 5000
    private static let weightMax = 1e6
    private static let attemptsMax: Int64 = 100
    /// What chooses where requests go. An address stands in the settings as `api_base`, where it is checked, or nowhere.
    private static let destinations: Set = ["base_url", "model_list", "fallbacks", "custom_llm_provider"]
    static let address = "api_base"

    static func check(_ secret: NewGatewaySecret) throws(MartletError) {
        try check(secret.name, "secret_name", max: nameMax)
        if let provider = secret.provider { try check(provider, "provider", max: providerMax) }
        try check(user: secret.user)
        try check(values: secret.values)
        try check(settings: secret.settings)
    }

    /// Values are never told in a message.
    static func check(values: [String: String]) throws(MartletError) {
        guard !values.isEmpty else { throw invalid("Missing value for required parameter 'secret_value'.") }
        try check(values, "secret_value")
        // It goes into a header. Other values may be documents of several lines.
        if let key = values["api_key"], key.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw invalid("The value 'api_key' of 'secret_value' holds control characters, such as a line break.")
        }
        let reserved = destinations.union([address]).intersection(values.keys).sorted()
        guard reserved.isEmpty else {
            throw invalid(
                "secret_value must not contain \(reserved.joined(separator: ", ")): they choose where requests go. Set "
                    + "'\(address)' in auth_config, where it is checked."
            )
        }
    }

    static func check(settings: [String: String]) throws(MartletError) {
        try check(settings, "auth_config")
        let reserved = destinations.intersection(settings.keys).sorted()
        guard reserved.isEmpty else {
            throw invalid(
                "auth_config must not contain \(reserved.joined(separator: ", ")): they choose where requests go. Set "
                    + "'\(address)', which is checked."
            )
        }
    }

    private static func check(_ values: [String: String], _ field: String) throws(MartletError) {
        guard values.count <= valuesMax else { throw invalid("'\(field)' has more than \(valuesMax) values.") }
        for (name, value) in values {
            try check(name, "a name in \(field)", max: nameMax)
            guard value.utf8.count <= valueBytesMax else {
                throw invalid("The value '\(name)' of '\(field)' is longer than \(valueBytesMax) bytes.")
            }
        }
    }

    static func check(_ model: NewGatewayModel) throws(MartletError) {
        try check(model.name, "name", max: nameMax)
        try check(model.provider, "provider", max: providerMax)
        try check(model.modelName, "model_name", max: modelNameMax)
        try check(user: model.user)
    }

    static func check(_ change: GatewayModelChange) throws(MartletError) {
        if let name = change.name { try check(name, "name", max: nameMax) }
        if let provider = change.provider { try check(provider, "provider", max: providerMax) }
        if let modelName = change.modelName { try check(modelName, "model_name", max: modelNameMax) }
        try check(user: change.user)
    }

    static func check(_ change: GatewayEndpointChange) throws(MartletError) {
        if let name = change.name {
            try check(name, "name", max: nameMax)
            guard name.utf8.allSatisfy(isAllowedInEndpoint) else {
                throw invalid(
                    "Invalid endpoint name '\(name.prefix(200))'. Name can only contain letters, numbers, underscores, "
                        + "hyphens, and dots."
                )
            }
        }
        if let links = change.links { try check(links) }
        if let attempts = change.fallback?.attemptsMax, !(1...attemptsMax).contains(attempts) {
            throw invalid("max_attempts must be from 1 to \(attemptsMax), got \(attempts).")
        }
        try check(user: change.user)
    }

    static func check(_ links: [NewGatewayLink]) throws(MartletError) {
        guard !links.isEmpty else { throw invalid("Endpoint must have at least one model configuration") }
        guard links.count <= linksMax else { throw invalid("An endpoint has at most \(linksMax) models.") }
        guard Set(links.map { "\($0.kind.rawValue) \($0.modelID)" }).count == links.count else {
            throw invalid("A model definition is attached to the endpoint twice with one linkage type.")
        }
        for link in links {
            guard (0...weightMax).contains(link.weight) else {
                throw invalid("A weight must be from 0 to \(weightMax), got \(link.weight).")
            }
            guard (0...1000).contains(link.fallbackOrder ?? 0) else {
                throw invalid("fallback_order must be from 0 to 1000.")
            }
        }
    }

    static func check(tag key: String, _ value: String) throws(MartletError) {
        try check(key, "key", max: tagKeyMax)
        guard value.unicodeScalars.count <= tagValueMax else {
            throw invalid("'value' exceeds the maximum length of \(tagValueMax) characters")
        }
    }

    static func check(resource id: String, user: String?) throws(MartletError) {
        try check(id, "resource_id", max: nameMax)
        try check(user: user)
    }

    private static func check(user: String?) throws(MartletError) {
        if let user { try check(user, "the user's name", max: nameMax) }
    }

    private static func check(_ text: String, _ field: String, max: Int) throws(MartletError) {
        guard text.contains(where: { !$0.isWhitespace }) else { throw invalid("'\(field)' must not be blank.") }
        guard text.unicodeScalars.count <= max else {
            throw invalid("'\(field)' exceeds the maximum length of \(max) characters")
        }
    }

    private static func isAllowedInEndpoint(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_-.".utf8.contains(byte)
        }
    }

    static func invalid(_ message: String) -> MartletError {
        MartletError(.invalidParameterValue, message)
    }
}
