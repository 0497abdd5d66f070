/// A model of a provider, and the secret that lets the gateway in there.
package struct GatewayModel: Sendable {
    /// Its id: `d-` and 32 hexadecimal characters.
    package let id: String
    /// Its name, unique.
    package var name: String
    /// The secret; nil when that was deleted.
    package var secretID: String?
    /// The secret's name; nil when that was deleted.
    package var secretName: String?
    /// The provider.
    package var provider: String
    /// The model's name at the provider.
    package var modelName: String
    /// Who made it and who changed it last, and when.
    package var history: GatewayHistory
}

/// A model definition to be made.
package struct NewGatewayModel: Sendable {
    /// Its name.
    package var name: String
    /// The secret.
    package var secretID: String
    /// The provider.
    package var provider: String
    /// The model's name at the provider.
    package var modelName: String
    /// Who makes it, as the client says.
    package var user: String?

    /// A model of `provider`.
    package init(name: String, secretID: String, provider: String, modelName: String) {
        self.name = name
        self.secretID = secretID
        self.provider = provider
        self.modelName = modelName
    }
}

/// What shall become other in a model definition; nil leaves a thing as it is.
package struct GatewayModelChange: Sendable {
    /// The name.
    package var name: String?
    /// The secret.
    package var secretID: String?
    /// The provider.
    package var provider: String?
    /// The model's name at the provider.
    package var modelName: String?
    /// Who changes it, as the client says.
    package var user: String?

    /// Nothing.
    package init() {}
}
