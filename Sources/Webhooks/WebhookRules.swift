import Kernel

/// What a webhook may be, by MLflow's rules where it has any.
enum WebhookRules {
    static let countMax = 200
    private static let nameMax = 63
    private static let urlMax = 2048
    private static let descriptionMax = 1000
    private static let secretMax = 1000
    private static let eventsMax = 100

    static func check(_ webhook: NewWebhook) throws(MartletError) {
        try check(name: webhook.name)
        try check(url: webhook.url)
        try check(webhook.events)
        try check(description: webhook.description)
        if let secret = webhook.secret { try check(secret: secret) }
    }

    static func check(_ change: WebhookChange) throws(MartletError) {
        if let name = change.name { try check(name: name) }
        if let url = change.url { try check(url: url) }
        if let events = change.events { try check(events) }
        if let description = change.description { try check(description: description) }
        if let secret = change.secret { try check(secret: secret) }
    }

    private static func check(name: String) throws(MartletError) {
        func isEnd(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        }
        let bytes = Array(name.utf8)
        guard let first = bytes.first, let last = bytes.last, bytes.count <= nameMax, isEnd(first), isEnd(last),
            bytes.allSatisfy({ isEnd($0) || "._-".utf8.contains($0) })
        else {
            throw invalid(
                "Webhook name '\(name.prefix(100))' is invalid. It must start and end with a letter or digit, be at most "
                    + "\(nameMax) characters long, and hold letters, digits, dots, underscores and hyphens alone."
            )
        }
    }

    private static func check(url: String) throws(MartletError) {
        guard !url.allSatisfy(\.isWhitespace) else {
            throw invalid("Webhook URL cannot be empty or just whitespace: '\(url.prefix(100))'")
        }
        guard url.utf8.count <= urlMax else { throw invalid("Webhook URL is longer than \(urlMax) bytes.") }
    }

    private static func check(_ events: [WebhookEvent]) throws(MartletError) {
        guard (1...eventsMax).contains(events.count) else {
            throw invalid("Webhook events must be a list of 1 to \(eventsMax) events, not of \(events.count).")
        }
    }

    private static func check(description: String) throws(MartletError) {
        guard description.utf8.count <= descriptionMax else {
            throw invalid("Webhook description is longer than \(descriptionMax) bytes.")
        }
    }

    private static func check(secret: String) throws(MartletError) {
        guard secret.utf8.count <= secretMax else { throw invalid("Webhook secret is longer than \(secretMax) bytes.") }
    }

    private static func invalid(_ message: String) -> MartletError {
        MartletError(.invalidParameterValue, message)
    }
}
