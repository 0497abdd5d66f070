/// What a model's file says of itself. Free text of its maker: not to be trusted, nor to be shown unescaped.
package struct ModelMetadata: Hashable, Sendable {
    /// The tool that wrote the file, for instance `skl2onnx`; empty when not given.
    package let producer: String
    /// The graph's name; converters often draw a random one.
    package let graphName: String
    /// The model's namespace, for instance `org.example`.
    package let domain: String
    /// The description in the file.
    package let description: String
    /// The model's version; nil when the file sets none.
    package let version: Int64?
    /// The maker's own keys and values.
    package let custom: [String: String]
}
