package import Registry

/// What somebody wants of an endpoint's traffic.
package struct TrafficRequest: Sendable {
    /// A variant that is wanted.
    package struct Wanted: Sendable {
        /// Its name; nil for one made of the version.
        package var name: String?
        /// The registered model; nil for that of the primary.
        package var modelName: String?
        /// The version; nil for a variant that is there already, by its name.
        package var version: VersionSelector?

        /// A variant that is wanted.
        package init(name: String? = nil, modelName: String? = nil, version: VersionSelector? = nil) {
            self.name = name
            self.modelName = modelName
            self.version = version
        }
    }

    /// How requests are to be shared out.
    package var policy: TrafficPolicy
    /// The variants, the primary first. None for those that are there; where the policy has two, one for the second
    /// beside the present primary.
    package var variants: [Wanted]
    /// Which of the variants is to be the primary; nil for the first.
    package var live: String?

    /// A wish.
    package init(policy: TrafficPolicy, variants: [Wanted] = [], live: String? = nil) {
        self.policy = policy
        self.variants = variants
        self.live = live
    }
}
