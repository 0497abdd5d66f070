/// A variant with what it takes to answer. It never changes: a new deployment makes another one.
package final class ServedVariant: Sendable {
    /// The variant.
    package let variant: Variant
    /// Its model; nil unless the variant is ready.
    let model: LoadedModel?
    /// Where its endpoint counts what it does.
    let place: EndpointStatistics.Place
    /// What it is held to; nil for nothing, which then costs nothing.
    let contract: VariantContract?

    init(_ variant: Variant, model: LoadedModel?, place: EndpointStatistics.Place, contract: VariantContract? = nil) {
        self.variant = variant
        self.model = model
        self.place = place
        self.contract = contract
    }
}
