import Ledger

extension TrafficPolicy {
    /// The policy as it is kept for `variants`: an experiment is told whole, whoever asks for it.
    ///
    /// Who made it is `actor` where it is not said; what is not said when an experiment is changed stays as it was in
    /// `former`. A variant is called as it was told, and by its version's number where it was told otherwise.
    func completed(_ variants: [Variant], after former: Endpoint, by actor: Actor) -> TrafficPolicy {
        guard case .abTest(var test) = self, variants.count == 2 else { return self }
        var before: ABTest?
        if case .abTest(let same) = former.policy, same.name == test.name { before = same }
        if test.createdBy.isEmpty { test.createdBy = before?.createdBy ?? "" }
        if test.createdBy.isEmpty { test.createdBy = actor.name }
        let known = before.map { zip(former.variants, [$0.control, $0.treatment]) }
        func arm(_ told: ABTest.Arm, _ usual: String, _ variant: Variant) -> ABTest.Arm {
            var arm = ABTest.Arm(name: variant.name)
            // Another variant may have been made the primary one.
            if told != ABTest.Arm(), told.name ?? usual == variant.name { arm = told }
            let stands = known?.first { $0.0.name == variant.name && $0.0.identity == variant.identity }?.1
            arm.name = variant.name
            arm.modelID = arm.modelID ?? variant.modelName
            arm.version = arm.version ?? stands?.version ?? String(variant.version)
            return arm
        }
        test.control = arm(test.control, "control", variants[0])
        test.treatment = arm(test.treatment, "treatment", variants[1])
        return .abTest(test)
    }
}
