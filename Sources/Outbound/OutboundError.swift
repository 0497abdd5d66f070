/// Why another server is not asked.
package enum OutboundError: Error, Sendable, Equatable {
    /// The text is no absolute URL of the web.
    case badURL
    /// The URL's scheme is none of those that are allowed.
    case scheme(String, allowed: [String])
    /// The URL holds a user's name or password.
    case credentials
    /// The host is written as an address in a way that programs read differently.
    case oddHost(String)
    /// The host has no address, or none now.
    case unknownHost(String)
    /// As many hosts are being looked up as may be.
    case tooManyLookups
    /// The host has an address that is not public.
    case privateAddress(host: String)
    /// The value of a header, which may be secret, holds control characters.
    case badHeader(name: String)
    /// The answer did not come, or not whole, within the time.
    case timeout(seconds: Int64)

    /// What is wrong, to follow the name of the field that held the URL.
    package var reason: String {
        switch self {
        case .badURL: "is not an absolute URL with a host"
        case .scheme(let scheme, let allowed):
            "has the scheme '\(scheme)'. Allowed schemes are: \(allowed.joined(separator: ", "))"
        case .credentials: "holds a user name or password; whoever reads it would have them"
        case .oddHost(let host): "has the host '\(host)'. Write a name, or an address in its usual form"
        case .unknownHost(let host): "has the host '\(host)', which can't be resolved"
        // What a name of an inner network means is nothing to tell.
        case .privateAddress(let host): "must not lead to a non-public address, as '\(host)' does"
        case .tooManyLookups: "can't be looked up now: too many others are"
        case .badHeader(let name): "is not asked: the value of the header '\(name)' holds control characters"
        case .timeout(let seconds): "did not answer within \(seconds) s"
        }
    }

    /// Whether the same question may be answered otherwise a while later.
    package var isPassing: Bool {
        switch self {
        case .unknownHost, .tooManyLookups, .timeout: true
        case .badURL, .scheme, .credentials, .oddHost, .privateAddress, .badHeader: false
        }
    }
}
