"""The studio, where staff design banners and read how they do."""
